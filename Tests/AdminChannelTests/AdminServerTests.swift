import AdminChannel
import Commerce
import Foundation
import Glibc
import Logging
import Synchronization
import Testing
import Threads

@Suite("On the admin socket every request gets one end, and no client keeps others out", .timeLimit(.minutes(1)))
struct AdminServerTests {
    private static let commands = CommandTable([
        AdminCommand("echo", role: .viewer, "", [.argument("text", "")]) { call, reply in
            try await reply.row {
                $0.name("text")
                $0.string(call["text"] ?? "")
            }
            return .ok("said")
        },
        AdminCommand("count", role: .viewer, "", [.option("to", "")]) { call, reply in
            let last = try call.integer("to", in: 1...100_000, otherwise: 3)
            for number in 1...last { try await reply.progress(number, of: last, "counting") }
            return .ok()
        },
        AdminCommand("dawdle", role: .viewer, "", [.flag("told", "")]) { call, reply in
            if call.has("told") { try await reply.progress(3, of: 4, "steps") }
            try await Task.sleep(for: .seconds(6))
            return .ok("at last")
        },
        AdminCommand("fail", role: .viewer, "") { _, _ in throw AdminEnd(.notFound, "there is no such thing") },
        AdminCommand("change", role: .operator, "", isMutation: true) { _, _ in .ok("changed") },
    ])

    @Test("a request is answered with its rows and one end, and the next one on the same connection")
    func answers() async throws {
        try await withServer { path in
            let client = try AdminClient(path: path, timeout: .seconds(10))
            var texts: [JSON?] = []
            for text in ["one", "two words"] {
                let end = try client.request(#"echo "\#(text)""#) { texts.append($0["text"]) }
                #expect(end == AdminEnd(.ok, "said"))
            }
            #expect(texts == [.string("one"), .string("two words")])
            var steps = 0
            _ = try client.request(#"{"command":"count","to":500}"#) {
                if $0["t"] == .string("progress") { steps += 1 }
            }
            #expect(steps == 500)
        }
    }

    @Test("a command that is silent for long is said to go on, so that nobody takes it for dead; its end is the end")
    func silence() async throws {
        try await withServer(silence: .milliseconds(100)) { path in
            // Less than the command takes, and far more than the daemon is silent, also on a machine that is busy.
            let client = try AdminClient(path: path, timeout: .seconds(5))
            for (request, progress) in [
                ("dawdle", #"{"t":"progress","done":0,"what":"working"}"#),
                ("dawdle --told", #"{"t":"progress","done":3,"of":4,"what":"steps"}"#),
            ] {
                var lines: [JSON] = []
                #expect(try client.request(request) { lines.append($0) } == AdminEnd(.ok, "at last"))
                #expect(lines.count > 2)
                #expect(Set(lines) == [try JSON.parse(Array(progress.utf8)).value])
            }
            #expect(try client.request("echo a") { _ in }.isOK)
        }
    }

    @Test("what fails says so with its code and exit status, and the connection goes on")
    func failing() async throws {
        try await withServer { path in
            let client = try AdminClient(path: path, timeout: .seconds(10))
            #expect(try client.request("fail") { _ in }.code == .notFound)
            #expect(try client.request("no such thing") { _ in }.code == .usage)
            #expect(try client.request("count --to 0") { _ in }.code == .usage)
            #expect(try client.request("echo still") { _ in }.isOK)
        }
    }

    @Test("typed by hand: a line without its end is answered when the client has ended sending")
    func halfClose() async throws {
        try await withServer { path in
            let socket = try RawClient(path)
            socket.send("echo a\r\n\n  \necho b")
            shutdown(socket.descriptor, Int32(SHUT_WR))
            let lines = socket.readAll().split(separator: "\n")
            #expect(lines.filter { $0.contains(#""t":"end""#) }.count == 2)
            #expect(lines.contains { $0.contains(#""text":"b""#) })
        }
    }

    @Test("a request of a mebibyte is refused with a clear line")
    func tooLong() async throws {
        try await withServer { path in
            let socket = try RawClient(path)
            // The server closes with most of it unread, which may cut the sending short; the line stands before that.
            socket.send(String(repeating: "x", count: 1 << 20))
            let reply = socket.readAll()
            #expect(reply.contains(#""code":"usage""#) && reply.contains("65536 bytes"), "\(reply)")
            try expectAnswer(at: path)
        }
    }

    @Test("who sends a byte at a time without end is cut off, and keeps nobody else waiting")
    func slow() async throws {
        try await withServer(lineTime: .milliseconds(500)) { path in
            let slow = try RawClient(path)
            let began = ContinuousClock.now
            while ContinuousClock.now - began < .seconds(20), slow.isOpen {
                slow.send("e")
                usleep(20_000)
            }
            #expect(ContinuousClock.now - began < .seconds(10))
            #expect(slow.readAll().contains(#""code":"timed-out""#))
            try expectAnswer(at: path)
        }
    }

    @Test("one connection too many is told so; when another ends there is room again")
    func full() async throws {
        try await withServer(maximumConnections: 2) { path in
            var open = try (0..<2).map { _ in try clientWithPlace(at: path) }
            let refused = try RawClient(path)
            #expect(refused.readAll().contains("wrong-state"))
            open.removeLast()
            _ = try clientWithPlace(at: path)
        }
    }

    @Test("every mutation is told to the audit, with who did it and how it ended")
    func audit() async throws {
        let audited = Mutex<[String]>([])
        try await withServer(ended: { call, end in
            audited.withLock { $0.append("\(call.command) \(call.peer.userID) \(end.code.name)") }
        }) { path in
            let client = try AdminClient(path: path, timeout: .seconds(10))
            #expect(try client.request("echo a") { _ in }.isOK)
            #expect(try client.request("change") { _ in }.isOK)
        }
        #expect(audited.withLock { $0 } == ["change \(geteuid()) ok"])
    }

    @Test("a socket that was left behind is replaced; a daemon that runs is not")
    func twoDaemons() async throws {
        let taken = FileManager.default.temporaryDirectory.appending(path: "taken-\(UUID().uuidString.prefix(8))").path
        let (held, release) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await withServer(at: taken) { path in
                    release.finish()
                    // As long as the other one needs to be refused.
                    while !FileManager.default.fileExists(atPath: path + ".refused") { usleep(5_000) }
                    try expectAnswer(at: path)
                }
            }
            for await _ in held {}
            let error = #expect(throws: AdminSocketError.self) { try server(taken) }
            #expect(error?.cause == .taken)
            _ = FileManager.default.createFile(atPath: taken + ".refused", contents: nil)
            try await group.waitForAll()
            unlink(taken + ".refused")
        }
        let path = FileManager.default.temporaryDirectory.appending(path: "stale-\(UUID().uuidString.prefix(8))").path
        _ = try RawListener(path)
        #expect(FileManager.default.fileExists(atPath: path))
        try await withServer(at: path) { path in
            try expectAnswer(at: path)
        }
    }

    @Test("the socket's file is for owner and group from its first moment, whatever the umask")
    func mode() async throws {
        try await withServer { path in
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o660)
        }
    }

    @Test("without a daemon the tool says so, with exit status 3")
    func notRunning() {
        let error = #expect(throws: AdminClientError.self) {
            _ = try AdminClient(path: "/tmp/no-such-socket", timeout: .seconds(1))
        }
        #expect(error?.code.exit == 3)
    }

    private func expectAnswer(at path: String) throws {
        let client = try AdminClient(path: path, timeout: .seconds(10))
        let end = try client.request("echo a") { _ in }
        #expect(end.isOK)
    }

    /// A client that is answered, as soon as there is room for it: a connection that was ended is one until the server
    /// has seen its end.
    private func clientWithPlace(at path: String) throws -> AdminClient {
        while true {
            let client = try AdminClient(path: path, timeout: .seconds(10))
            let end = try client.request("echo a") { _ in }
            if end.isOK { return client }
            usleep(5_000)
        }
    }

    // MARK: A server

    private func server(
        _ path: String, maximumConnections: Int = 16, lineTime: Duration = .seconds(10),
        silence: Duration = .seconds(2),
        ended: @escaping @Sendable (AdminCall, AdminEnd) async -> Void = { _, _ in }
    ) throws -> AdminServer {
        var settings = AdminServer.Settings(path: path, groups: RoleGroups(daemon: "productd"))
        settings.maximumConnections = maximumConnections
        settings.lineTime = lineTime
        settings.silence = silence
        return try AdminServer(
            settings, commands: Self.commands, audit: AdminAudit(keep: { _, _ in }, ended: ended),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Runs a server while a test, on a thread of its own, speaks to it.
    private func withServer(
        at given: String? = nil, maximumConnections: Int = 16, lineTime: Duration = .seconds(10),
        silence: Duration = .seconds(2),
        ended: @escaping @Sendable (AdminCall, AdminEnd) async -> Void = { _, _ in },
        _ body: @escaping @Sendable (String) throws -> Void
    ) async throws {
        let path =
            given
            ?? FileManager.default.temporaryDirectory.appending(path: "admin-\(UUID().uuidString.prefix(8))").path
        defer {
            unlink(path)
            unlink(path + ".lock")
        }
        let server = try server(
            path, maximumConnections: maximumConnections, lineTime: lineTime, silence: silence, ended: ended)
        try await withThrowingTaskGroup { group in
            group.addTask { try await server.run() }
            group.addTask {
                try await onThread {
                    while (try? AdminClient(path: path, timeout: .seconds(1))) == nil { usleep(5_000) }
                    try body(path)
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }
}

/// Runs what blocks where it keeps no thread of Swift's pool.
private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        do {
            try detachThread(name: "test") { continuation.resume(with: Result { try body() }) }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}

/// A socket as somebody uses it who knows nothing of the protocol.
private final class RawClient {
    let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(withAddress(path) { connect(descriptor, $0, $1) } == 0)
    }

    deinit { close(descriptor) }

    private(set) var isOpen = true

    func send(_ text: String) {
        if Glibc.send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) < 0 { isOpen = false }
    }

    func readAll() -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A listener that ends without removing its socket.
private final class RawListener {
    init(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(withAddress(path) { bind(descriptor, $0, $1) } == 0)
        listen(descriptor, 1)
        close(descriptor)
    }
}

private func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
