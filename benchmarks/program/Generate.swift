import ArgumentParser
import Files

/// Writes the benchmark's files.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Write NDJSON files of orders.")

    @Option(help: "How many orders each file has.") var orders = 1_000
    @Option(help: "How many files.") var files = 1
    @Option(help: "The number of the first order, so that no two runs have the same bytes.") var first = 0
    @Flag(name: .customLong("external-ids"), help: "Give each order an external id.") var externalIDs = false
    @Argument(help: "An existing directory.") var directory: String

    func run() throws {
        let sample = SampleOrders(hasExternalIDs: externalIDs)
        let directory = try Directory.open(directory)
        for file in 0..<files {
            let output = try directory.create(FileName("orders-\(first + file * orders).ndjson"), mode: 0o644)
            var text: [UInt8] = []
            for order in 0..<orders {
                text += sample.request(first + file * orders + order).utf8
                text.append(UInt8(ascii: "\n"))
                if text.count > 1 << 20 {
                    try output.write(text)
                    text.removeAll(keepingCapacity: true)
                }
            }
            try output.write(text)
        }
    }
}
