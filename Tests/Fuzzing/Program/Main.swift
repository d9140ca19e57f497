import ArgumentParser
import Foundation
import RequestFuzzing

/// Has the admin socket's reader read many requests that nobody would type; it may neither break nor keep memory.
@main
struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz-requests", abstract: "Read random and mutated requests of the admin channel.",
        discussion: """
            Fails (status 1) if a promise is broken, or memory grows while it runs; a crash is the shell's to report.

            EXAMPLE:
              fuzz-requests --rounds 10000000 --seed 1
            """)

    @Option(help: "How many requests.")
    var rounds = 10_000_000

    @Option(help: "The same seed makes the same requests.")
    var seed: UInt64 = 1

    func run() throws {
        var fuzzer = RequestFuzzer(.fuzzing, seeds: RequestFuzzer.seeds, seed: seed)
        var (understood, refused) = (0, 0)
        let began = ContinuousClock.now
        let steps = 20
        var atFirst: Int?
        for step in 1...steps {
            let outcome = fuzzer.run(rounds / steps)
            for line in outcome.broken { print("broken: \(String(decoding: line, as: UTF8.self).debugDescription)") }
            if !outcome.broken.isEmpty { throw ExitCode.failure }
            understood += outcome.understood
            refused += outcome.refused
            let memory = try residentKibibytes()
            // After the first steps everything that is kept at all has been made.
            if step == 2 { atFirst = memory }
            print(
                "\(understood + refused) requests: \(understood) understood, \(refused) refused; \(memory) KiB resident"
            )
        }
        let grown = try residentKibibytes() - (atFirst ?? 0)
        print("seed \(seed), \(began.duration(to: .now).components.seconds) s, memory grew by \(grown) KiB")
        guard grown < 4_096 else {
            print("it leaks")
            throw ExitCode.failure
        }
    }

    private func residentKibibytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) / 1_024
    }
}
