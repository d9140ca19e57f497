import ArgumentParser
import NIOCore
import NIOPosix

/// Asks for several pages in turn, one at a time: what differs between their times is not the machine's mood.
struct Fetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "GET pages in turn; print a line of JSON for each, in their order.")

    @Option(help: "How often each page is asked for.") var times = 2_000
    @Argument(help: "Pages: http://127.0.0.1:3001/orders?limit=50") var pages: [String]

    private struct Refused: Error {
        let page: String
        let status: Int
    }

    func run() async throws {
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        var connections: [NIOLoopBound<HTTPConnection>] = []
        let parts = try pages.map(Self.parts)
        for (address, _) in parts { connections.append(try await HTTPConnection.open(address, on: loop).get()) }
        var latencies = pages.map { _ in Latencies() }
        // The first tenth warms caches up, and is not counted.
        for time in -times / 10..<times {
            for (index, (_, path)) in parts.enumerated() {
                let began = NIODeadline.now()
                let status = try await connections[index].get(path, on: loop).status
                guard status == 200 else { throw Refused(page: pages[index], status: status) }
                if time >= 0 { latencies[index].record(.now() - began) }
            }
        }
        for (page, latencies) in zip(pages, latencies) { print(#"{"page":"\#(page)",\#(latencies.summary)}"#) }
    }

    private static func parts(_ page: String) throws -> (Address, String) {
        guard let slash = page.dropFirst("http://".count).firstIndex(of: "/"),
            let address = Address(String(page[..<slash]))
        else { throw ValidationError("\(page) is no http://127.0.0.1:3001/…") }
        return (address, String(page[slash...]))
    }
}
