import Commerce
import Foundation
import Glibc
import Logging
import Synchronization
import Testing
import Threads

@testable import AdminChannel

@Suite("What follows a request is read by its command alone, whole or not, and is never taken for a request")
struct AdminPayloadTests {
    @Test(
        "a command gets as many bytes as the request says, in whatever pieces they come",
        arguments: [
            0, 1, 65_535, 65_536, 65_537, 1_000_000,
        ])
    func whole(size: Int) async throws {
        for step in [1_000, 65_536, 1_000_000] where step <= max(size, 1_000) {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 / 7) }
            let connection = try Connection()
            async let served: Void = connection.serve()
            let reply = try await connection.exchange(Array("take --bytes \(size)\n".utf8), bytes, inSteps: step)
            await served
            #expect(reply.ends == [#""code":"ok""#])
            #expect(reply.text.hasPrefix(#"{"t":"send","bytes":\#(size)}"#))
            #expect(connection.taken == [bytes])
        }
    }

    @Test("as a JSON object, too")
    func object() async throws {
        let connection = try Connection()
        async let served: Void = connection.serve()
        let reply = try await connection.exchange(Array(#"{"command":"take","bytes":3}"#.utf8) + Array("\nabc".utf8))
        await served
        #expect(reply.ends == [#""code":"ok""#])
        #expect(connection.taken == [Array("abc".utf8)])
    }

    @Test(
        "whatever is wrong with the request, or left over behind it, none of it is run",
        arguments: [
            // More than was said, a command that takes nothing, none at all, a wrong word, no number, no JSON, no end of
            // a quote, a command that ends before it has read all.
            ("take --bytes 3", "ok"), ("change --bytes 70", "usage"), ("tkae --bytes 70", "usage"),
            ("take --bytes 70 --now", "usage"), ("take --bytes 7x", "usage"), ("take --bytes", "usage"),
            ("take --bytes -1", "usage"), ("take --bytes 1 --bytes=2", "usage"),
            ("take --bytes=99999999999999999999", "usage"),
            (#"{"command":"take","bytes":1e3}"#, "usage"), (#"{"command":"take","bytes":"70""#, "usage"),
            (#"take --name "x --bytes 70"#, "usage"), (#"{"command":"take","bytes":1,"bytes":2}"#, "usage"),
            ("sip --bytes 140000", "not-found"), ("\u{FF} --bytes 9", "usage"),
        ])
    func smuggled(request: String, code: String) async throws {
        let connection = try Connection()
        async let served: Void = connection.serve()
        let lines = Array(repeating: "change\n{\"command\":\"change\"}\n", count: 10_000).joined()
        let reply = try await connection.exchange(Array("\(request)\n".utf8), Array(lines.utf8))
        await served
        #expect(reply.ends == [#""code":"\#(code)""#], "\(reply.text.suffix(300))")
        #expect(connection.changes == 0)
    }

    @Test("drawn requests with more or fewer bytes than they say have one end each, and get the first bytes")
    func drawn() async throws {
        var state: UInt64 = 11
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<200 {
            let (said, sent) = (next(next(3) == 0 ? 200_000 : 100), next(next(3) == 0 ? 200_000 : 100))
            let bytes = (0..<sent).map { _ in UInt8(next(4) == 0 ? 10 : next(256)) }
            let connection = try Connection()
            async let served: Void = connection.serve()
            let reply = try await connection.exchange(
                Array("take --bytes \(said)\n".utf8), bytes, inSteps: 1 + next(70_000))
            await served
            #expect(reply.ends == [sent >= said ? #""code":"ok""# : #""code":"failed""#])
            #expect(connection.taken == (sent >= said ? [Array(bytes.prefix(said))] : []))
            #expect(connection.changes == 0)
        }
    }

    @Test("who ends sending before all has come is told so")
    func short() async throws {
        let connection = try Connection()
        async let served: Void = connection.serve()
        let reply = try await connection.exchange(Array("take --bytes 100000\n".utf8), [1, 2, 3])
        await served
        #expect(reply.ends == [#""code":"failed""#])
        #expect(reply.text.contains("before all of the 100000 bytes had come"))
        #expect(connection.taken.isEmpty)
    }

    @Test("who sends a byte now and then is cut off")
    func slow() async throws {
        let connection = try Connection(times: .milliseconds(300))
        async let served: Void = connection.serve()
        let began = ContinuousClock.now
        let reply = try await connection.exchange(
            Array("take --bytes 100000\n".utf8), [UInt8](repeating: 1, count: 1_000), inSteps: 1, every: 20_000)
        await served
        #expect(reply.ends == [#""code":"timed-out""#])
        #expect(ContinuousClock.now - began < .seconds(15))
    }

    @Test("a daemon that stops says so in the middle")
    func stopping() async throws {
        let connection = try Connection()
        async let served: Void = connection.serve()
        let reply = try await connection.exchange(Array("take --bytes 100000\n".utf8), [1], isWhole: false) {
            connection.interrupt.fire()
        }
        await served
        #expect(reply.ends == [#""code":"wrong-state""#])
    }

    // MARK: The client's side

    @Test("a client sends only what is asked for, and all of it")
    func client() async throws {
        let connection = try Connection()
        async let served: Void = connection.serve()
        try await connection.onThread {
            let client = connection.adminClient()
            var rest = 1_000_000
            let upload = AdminUpload(size: 1_000_000) { limit in
                let count = min(limit, rest, 10_007)
                rest -= count
                return [UInt8](repeating: 7, count: count)
            }
            var lines = 0
            let end = try client.request("take --told --bytes 1000000", sending: upload) { _ in lines += 1 }
            #expect(end.isOK)
            #expect(lines == 16)
            #expect(rest == 0)
        }
        await served
        #expect(connection.taken == [[UInt8](repeating: 7, count: 1_000_000)])
    }

    @Test("a client that is refused sends nothing")
    func refused() async throws {
        let connection = try Connection()
        async let served: Void = connection.serve()
        try await connection.onThread {
            let client = connection.adminClient()
            let upload = AdminUpload(size: 10) { _ in
                Issue.record("nobody asked for it")
                return [1]
            }
            let end = try client.request("change --bytes 10", sending: upload) { _ in }
            #expect(end.code == .usage)
        }
        await served
    }

    @Test("a client whose file turns out to be broken leaves the daemon with a part, which it doesn't take")
    func broken() async throws {
        let connection = try Connection()
        async let served: Void = connection.serve()
        try await connection.onThread {
            let client = connection.adminClient()
            var count = 0
            let upload = AdminUpload(size: 200_000) { _ in
                count += 1
                guard count < 3 else { throw CancellationError() }
                return [UInt8](repeating: 1, count: 65_536)
            }
            #expect(throws: CancellationError.self) {
                try client.request("take --bytes 200000", sending: upload) { _ in }
            }
        }
        await served
        #expect(connection.taken.isEmpty)
    }
}

/// A connection of the daemon's, and the other end of it.
private final class Connection: Sendable {
    private let client: Int32
    let interrupt: Interrupt
    /// Until it is served: then it closes its end.
    private let connection: Mutex<AdminConnection?>
    private let seen: Seen

    private final class Seen: Sendable {
        let taken = Mutex<[[UInt8]]>([])
        let changes = Mutex(0)
    }

    /// - Parameter times: How long the daemon waits for anything.
    init(times: Duration = .seconds(10)) throws {
        var ends: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        client = ends[1]
        interrupt = try Interrupt()
        let seen = Seen()
        self.seen = seen
        var settings = AdminServer.Settings(path: "", groups: RoleGroups(daemon: "productd"))
        settings.payloadTime = times
        settings.lineTime = times
        connection = try Mutex(
            AdminConnection(
                ends[0], settings: settings, commands: Self.commands(seen),
                audit: AdminAudit(keep: { _, _ in }, ended: { _, _ in }), interrupt: interrupt,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    }

    private static func commands(_ seen: Seen) -> CommandTable {
        let size = AdminCommand.Parameter.option("bytes", "")
        return CommandTable([
            AdminCommand("take", role: .viewer, "", [size, .option("name", ""), .flag("told", "")]) { call, reply in
                guard let payload = call.payload else { throw AdminEnd(.usage, "no payload") }
                var bytes: [UInt8] = []
                while let piece = try await payload.next() {
                    bytes += piece
                    if call.has("told") { try await reply.progress(bytes.count, of: Int(payload.size), "bytes") }
                }
                seen.taken.withLock { $0.append(bytes) }
                return .ok()
            },
            AdminCommand("sip", role: .viewer, "", [size]) { call, _ in
                _ = try await call.payload?.next()
                throw AdminEnd(.notFound, "not what it seemed")
            },
            AdminCommand("change", role: .operator, "", isMutation: true) { _, _ in
                seen.changes.withLock { $0 += 1 }
                return .ok("changed")
            },
        ])
    }

    /// Everything that a command took.
    var taken: [[UInt8]] { seen.taken.withLock { $0 } }
    var changes: Int { seen.changes.withLock { $0 } }

    func serve() async {
        await connection.withLock { connection in
            defer { connection = nil }
            return connection
        }?.serve()
    }

    struct Reply {
        let text: String
        /// The codes of the `end` lines.
        var ends: [String] {
            text.split(separator: "\n").filter { $0.hasPrefix(#"{"t":"end""#) }.compactMap { line in
                line.split(separator: ",").first { $0.hasPrefix(#""code""#) }.map(String.init)
            }
        }
    }

    /// Sends all of it, at any rate as much as is taken, ends sending, and reads to the end.
    ///
    /// - Parameters:
    ///   - pause: Between two steps, in microseconds.
    ///   - isWhole: Whether sending is ended.
    ///   - answered: Is called with the first of the reply.
    func exchange(
        _ request: [UInt8], _ bytes: [UInt8] = [], inSteps step: Int = .max, every pause: UInt32 = 0,
        isWhole: Bool = true, answered: @escaping @Sendable () -> Void = {}
    ) async throws -> Reply {
        try await onThread { [client] in
            var rest = (request + bytes)[...]
            while !rest.isEmpty {
                let count = rest.prefix(step).withUnsafeBytes {
                    send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
                if pause > 0 { usleep(pause) }
            }
            if isWhole { shutdown(client, Int32(SHUT_WR)) }
            var reply: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = recv(client, &buffer, buffer.count, 0), count > 0 {
                if reply.isEmpty { answered() }
                reply += buffer[..<count]
            }
            close(client)
            return Reply(text: String(decoding: reply, as: UTF8.self))
        }
    }

    /// The tool's side, which closes its end when it is gone.
    func adminClient() -> AdminClient {
        _ = fcntl(client, F_SETFL, O_NONBLOCK)
        return AdminClient(client, timeout: .seconds(10))
    }

    /// Runs what blocks where it keeps no thread of Swift's pool.
    func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try detachThread(name: "test") { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
