import ArgumentParser
import NIOCore
import NIOPosix

/// Waits until one of a daemon's metrics has come to a number, and takes little of the processors meanwhile: it looks
/// twenty times a second, on one connection.
struct AwaitMetric: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "await-metric", abstract: "Wait until a metric has come to a number.",
        discussion: "Fails when the daemon is gone, or after --patience seconds.")

    @Option(help: "How many seconds it may take.") var patience = 3_600
    @Argument(help: "Where the daemon listens: http://127.0.0.1:3001") var url: String
    @Argument(help: #"The metric with its labels: orders_total{outcome="accepted"}"#) var series: String
    @Argument(help: "The number.") var number: Int

    private struct Late: Error {
        let message: String
    }

    func run() async throws {
        guard let address = Address(url) else { throw ValidationError("\(url) is no http://127.0.0.1:3001") }
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let connection = try await HTTPConnection.open(address, on: loop).get()
        let deadline = ContinuousClock.now + .seconds(patience)
        var value = 0
        while value < number {
            guard .now < deadline else { throw Late(message: "\(series) is \(value) after \(patience) s") }
            try await Task.sleep(for: .milliseconds(50))
            value = Self.value(of: series, in: try await connection.get("/metrics", on: loop).body)
        }
    }

    private static func value(of series: String, in body: ByteBuffer) -> Int {
        let line = String(buffer: body).split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.utf8.count + 1)) }.map { Int($0) } ?? 0
    }
}
