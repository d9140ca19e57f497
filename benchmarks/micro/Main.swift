import ArgumentParser
import Glibc

/// The hot pieces of both daemons, each run so many times and nothing else: what `benchmarks/micro/run` counts
/// instructions and allocations of.
///
/// ``boundary()`` is called before and after each piece's runs, which is where callgrind is told to begin a new count.
@main
struct Micro: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "micro", abstract: "Run hot pieces of the daemons so many times, to have their costs counted.",
        discussion: """
            Prints the pieces' names, in the order in which they were run.

            EXAMPLES
              micro --runs 1000 event-encode
              valgrind --tool=callgrind --dump-before=getppid micro
            """)

    @Option(help: "How often each piece is run.") var runs = 20
    @Argument(help: "The pieces; all, if none is named.") var names: [String] = []

    func validate() throws {
        for name in names where !Piece.all.contains(where: { $0.name == name }) {
            let known = Piece.all.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no piece '\(name)'; there are \(known)")
        }
    }

    func run() throws {
        for piece in Piece.all where names.isEmpty || names.contains(piece.name) {
            let body = try piece.prepare()
            // What is done only once, such as asking for a type's metadata, is no cost of a run.
            var sum = try body()
            boundary()
            for _ in 0..<runs { sum &+= try body() }
            boundary()
            // A result that nobody wants could be optimised away.
            print(piece.name, sum)
        }
    }
}

/// Where one count ends and the next begins: a call that nothing else makes, and that can't be optimised away.
func boundary() {
    _ = getppid()
}
