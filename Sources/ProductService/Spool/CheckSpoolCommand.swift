import ArgumentParser
import Commerce
import Daemon
import Files
import FoundationEssentials
import Logging
import Postgres
import Threads

/// `productd check-spool FILE…`: says what would become of files, without a daemon, and changes nothing.
///
/// Orders are decided as the writer decides them, in transactions that are rolled back. Where the database can't be
/// reached only their form is checked.
struct CheckSpoolCommand: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check-spool", abstract: "Say what of some files would be accepted and refused, and why.",
            discussion: """
                Nothing is changed. Products, prices, stock and external ids are checked where the database can be \
                reached; otherwise only the form is.

                EXAMPLES
                  productd check-spool orders.ndjson
                  productd check-spool --partner acme --offline *.csv.gz

                Exit status: 0 everything would be accepted, 1 something would be refused, 78 the configuration is \
                wrong.
                """)
    }

    @OptionGroup var options: ConfigurationOptions

    @Option(help: "Whose files they are: decides about the policy, and about orders that came before.")
    var partner = "check"

    @Flag(help: "Don't ask the database.")
    var offline = false

    @Argument(help: "The files.", completion: .file())
    var files: [String]

    func run() throws {
        let configuration = try options.load(for: ProductService.self)
        let logger = LogOutput.bootstrap(program: ProductService.name, configuration.shared.log)
        let ways = configuration.spool.named[partner] ?? configuration.spool.ways
        let trial = SpoolTrial(
            partner: Partner(name: partner, ways: ways), currency: configuration.currency,
            limits: configuration.spool.limits, database: offline ? nil : connection(configuration, logger))
        var isAllGood = true
        for path in files {
            let verdict: FileVerdict
            do {
                verdict = try trial.judge(path)
            } catch let rejection as Rejection {
                verdict = FileVerdict(rejection: rejection)
            } catch {
                print("\(path): can't be checked: \(error)")
                isAllGood = false
                continue
            }
            print(verdict.text(of: path), terminator: "")
            isAllGood = isAllGood && verdict.isGood
        }
        if !isAllGood { throw ExitCode.failure }
    }

    private func connection(_ configuration: ProductServiceConfiguration, _ logger: Logger) -> Connection? {
        do {
            let options = try configuration.shared.database.options(for: "productd check-spool")
            return try Connection(options, interrupt: Interrupt(), logger: logger)
        } catch {
            print("Only the form is checked: the database can't be asked (\(error))")
            return nil
        }
    }
}

/// What would become of one file.
struct FileVerdict {
    var accepted = 0
    var duplicates = 0
    var refused: [RefusedRecord] = []
    var rejection: Rejection?

    var isGood: Bool { refused.isEmpty && rejection == nil }

    /// How many refused records are printed.
    private static let shown = 20

    func text(of path: String) -> String {
        if let rejection {
            let place = rejection.error.map { error in
                ": " + (error.line.map { "line \($0): " } ?? "") + error.fault.message
            }
            return "\(path): would be refused, \(rejection.code.rawValue)\(place ?? "")\n    \(rejection.code.hint)\n"
        }
        var text =
            "\(path): \(accepted) orders would be accepted, \(refused.count) refused, \(duplicates) are duplicates\n"
        for record in refused.prefix(Self.shown) {
            for fault in record.faults {
                let field = fault.field.map { "\($0) " } ?? ""
                text += "    record \(record.place.number), line \(record.place.line): \(field)\(fault.message)"
                text += " (\(fault.code))\n"
            }
        }
        if refused.count > Self.shown { text += "    and \(refused.count - Self.shown) more\n" }
        return text
    }
}
