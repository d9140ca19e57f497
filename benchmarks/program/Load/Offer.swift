import ArgumentParser
import NIOCore
import NIOPosix

/// Orders at a steady rate, whatever the answers take: an open loop.
///
/// Each order has a time at which it is meant to be sent, and its latency counts from then on, also where all
/// connections were busy, or this program was late: a server that stalls can't hide it by not being asked meanwhile
/// (coordinated omission).
///
/// With `--watch`, some of the accepted orders are looked for in `GET /customers/{id}/orders` until they are there; that
/// latency counts from the order's answer to the answer that has it.
struct Offer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send orders at a steady rate; print a line of JSON.")

    @Option(help: "Where productd listens: http://127.0.0.1:3001") var url: String
    @Option(help: "Orders a second.") var rate = 2_000
    @Option(help: "How long.") var seconds = 20
    @Option(help: "Connections.") var connections = 64
    @Option(help: "Where customerd listens, to look when orders are visible there.") var watch: String?
    @Option(name: .customLong("watch-one-in"), help: "Which share of the orders is looked for.") var watchOneIn = 40

    func run() async throws {
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let orders = try await open(connections, to: url, on: loop)
        var watching: [NIOLoopBound<HTTPConnection>] = []
        if let watch { watching = try await open(16, to: watch, on: loop) }
        let summary = try await loop.flatSubmit { [watching, rate, seconds, watchOneIn] in
            let watch = watching.isEmpty ? nil : VisibilityWatch(watching.map(\.value), oneIn: watchOneIn, on: loop)
            return OpenLoop(orders.map(\.value), rate: rate, count: rate * seconds, watch: watch, on: loop).run()
        }.get()
        print(summary)
    }

    private func open(
        _ count: Int, to url: String, on loop: any EventLoop
    ) async throws -> [NIOLoopBound<HTTPConnection>] {
        guard let address = Address(url) else { throw ValidationError("\(url) is no http://127.0.0.1:3001") }
        let connections = (0..<count).map { _ in HTTPConnection.open(address, on: loop) }
        return try await EventLoopFuture.whenAllSucceed(connections, on: loop).get()
    }
}
