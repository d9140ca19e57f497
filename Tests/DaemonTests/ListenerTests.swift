import Glibc
import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Daemon

@Suite("A restart refuses nobody")
struct ListenerTests {
    @Test("a socket that is there already is served, and stays open when the server is gone")
    func inherited() async throws {
        let socket = try ListeningSocket()
        defer { socket.close() }
        for _ in 0..<2 {
            try await serve(on: socket) { stop in
                let client = try TestClient(port: socket.port)
                #expect(try await client.request("GET", "/livez").status == 200)
                stop()
            }
            // Nobody serves it now, and whoever connects waits for the next one.
            _ = try TestClient(port: socket.port)
        }
    }

    @Test("a client that keeps its connection is told that it ends, before it does")
    func farewell() async throws {
        let socket = try ListeningSocket()
        defer { socket.close() }
        try await serve(on: socket) { stop in
            let (busy, idle) = (try TestClient(port: socket.port), try TestClient(port: socket.port))
            for client in [busy, idle] {
                let answer = try await client.request("GET", "/livez")
                #expect(answer.status == 200 && answer["connection"] == nil)
            }
            stop()
            // The server hears of it when it hears of it.
            var answer = try await busy.request("GET", "/livez")
            while answer["connection"] == nil { answer = try await busy.request("GET", "/livez") }
            #expect(answer.status == 200)
            #expect(answer["connection"] == "close")
            #expect(await busy.isClosedByServer())
            #expect(await idle.isClosedByServer())
        }
    }

    @Test("whoever connects at the moment of a restart is answered, by this server or by the next")
    func crowd() async throws {
        let socket = try ListeningSocket()
        defer { socket.close() }
        let crowd = Crowd(of: 16)
        async let coming: Void = crowd.come(to: socket.port)
        for _ in 0..<10 {
            let before = crowd.answers.load(ordering: .relaxed)
            try await serve(on: socket, threads: 4) { stop in
                try await eventually("some are answered") { crowd.answers.load(ordering: .relaxed) > before + 20 }
                stop()
            }
        }
        crowd.isOver.store(true, ordering: .relaxed)
        try await serve(on: socket, threads: 4) { stop in
            try await eventually("those that wait are answered, too") { crowd.waiting.load(ordering: .relaxed) == 0 }
            stop()
        }
        try await coming
    }

    @Test("the Date field is as RFC 9110 has it")
    func date() {
        #expect(HTTPDate.text(of: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    /// Serves until the body has said that it may stop, and then until it has.
    private func serve(
        on socket: ListeningSocket, threads: Int = 1,
        _ body: @Sendable @escaping (_ stop: @Sendable () -> Void) async throws -> Void
    ) async throws {
        let (bound, continuation) = AsyncStream.makeStream(of: Int.self)
        var routes = Routes(metrics: PrometheusMetrics())
        let metrics = PrometheusMetrics()
        routes.addOperations(health: Health(metrics: metrics), metrics: metrics, openAPI: [])
        // A copy: the server closes what it is given, as it would at the end of its process.
        let server = HTTPServer(
            routes: routes, configuration: HTTPConfiguration(threads: threads), inherited: dup(socket.descriptor),
            logger: quietLogger
        ) { continuation.yield($0) }
        let group = ServiceGroup(services: [server], logger: quietLogger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            #expect(await bound.first { _ in true } == socket.port)
            let (stops, stop) = AsyncStream.makeStream(of: Void.self)
            tasks.addTask {
                for await _ in stops { await group.triggerGracefulShutdown() }
            }
            try await body { stop.yield() }
            stop.finish()
            try await tasks.waitForAll()
        }
    }
}

/// Clients that connect, ask once, and connect anew, until it is over.
private final class Crowd: Sendable {
    let answers = Atomic(0)
    let waiting: Atomic<Int>
    let isOver = Atomic(false)

    init(of count: Int) {
        waiting = Atomic(count)
    }

    func come(to port: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { clients in
            for _ in 0..<waiting.load(ordering: .relaxed) {
                clients.addTask { [self] in
                    defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
                    while !isOver.load(ordering: .relaxed) {
                        let answer = try await TestClient(port: port).request("GET", "/livez")
                        #expect(answer.status == 200)
                        answers.wrappingAdd(1, ordering: .relaxed)
                    }
                }
            }
            try await clients.waitForAll()
        }
    }
}

/// What systemd would hold.
private struct ListeningSocket {
    let descriptor: Int32
    let port: Int

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, length) == 0, listen(descriptor, 16) == 0 else { return Int32(-1) }
                return getsockname(descriptor, address, &length)
            }
        }
        guard status == 0 else { throw TestFailure("no socket: \(String(cString: strerror(errno)))") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    func close() {
        Glibc.close(descriptor)
    }
}
