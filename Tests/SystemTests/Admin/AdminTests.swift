import Foundation
import TestSupport
import Testing

@Suite("A daemon answers its operators, on its socket and through its tool")
struct AdminTests {
    private static let viewerCommands = [
        "status", "health", "stats", "metrics", "connections", "config", "version", "help", "watch --count 2",
    ]

    @Test("without its database the daemon still answers, and says what is missing")
    func withoutDatabase() async throws {
        let nobody = "\(try FreePort.any())"
        try await withDaemon("productd", settings: ["DB_HOST": "127.0.0.1", "DB_PORT": nobody], status: "down") {
            tool in
            let status = try await tool.run("status")
            #expect(status.status == 0)
            #expect(status.output.contains("not ready: "))
            let health = try await tool.run("health")
            #expect(health.status == 7)
            #expect(health.errors.contains("not ready: "))
            #expect(health.output.contains("postgres"))
        }
    }

    @Test("the password of the database is in no answer")
    func secrets() async throws {
        let password = try TestServers.shared()["DB_PASSWORD"]
        try await withDaemon("productd") { tool in
            for command in Self.viewerCommands {
                let lines = try await exchange(command, at: tool.socket)
                #expect(!lines.contains { $0.contains(password) }, "\(command)")
            }
        }
    }

    @Test("who was killed leaves a socket behind, and the next one takes its place")
    func staleSocket() async throws {
        try await withShop(settings: [:]) { shop in
            for _ in 0..<2 {
                try await shop.productd.startAndAwaitReadiness()
                #expect(try await shop.productctl.run("status").status == 0)
                shop.productd.signal(SIGKILL)
                try await shop.productd.exitStatus()
                #expect(FileManager.default.fileExists(atPath: shop.productctl.socket))
            }
        }
    }

    @Test("who sends a byte a second is cut off after ten, and told why; meanwhile others are answered")
    func trickle() async throws {
        try await withDaemon("productd") { tool in
            async let slow = ByHand(path: tool.socket).trickle("status --and --so --on --and --on", every: .seconds(1))
            for _ in 0..<20 { #expect(try await tool.run("status").status == 0) }
            let reply = try await slow
            #expect(reply.contains(#""code":"timed-out""#) && reply.contains("no whole request"), "\(reply)")
        }
    }

    @Test("a request of a mebibyte is refused, and the reason said")
    func tooLong() async throws {
        try await withDaemon("productd") { tool in
            let lines = try await exchange("status " + String(repeating: "x", count: 1 << 20), at: tool.socket)
            #expect(lines.count == 1 && lines[0].contains(#""code":"usage""#) && lines[0].contains("65536 bytes"))
            #expect(try await tool.run("status").status == 0)
        }
    }

    @Test("a second daemon on the same socket ends and says why; the first one goes on")
    func twoDaemons() async throws {
        try await withShop(settings: [:]) { shop in
            try await shop.productd.startAndAwaitReadiness()
            let twin = try shop.productd.rival()
            try twin.start()
            #expect(try await twin.exitStatus() != 0)
            #expect(twin.logText.contains("another daemon has it"))
            #expect(try await shop.productctl.run("health").status == 0)
        }
    }

    // MARK: A daemon with a socket

    private func withShop(
        settings: [String: String], _ body: @escaping @Sendable (Shop) async throws -> Void
    ) async throws {
        try await Shop.open(on: .shared(), settings: settings, running: []) { try await body($0) }
    }

    private func withDaemon(
        _ name: String, settings: [String: String] = [:], status: String = "ready",
        _ body: @escaping @Sendable (CommandLineTool) async throws -> Void
    ) async throws {
        try await withShop(settings: settings) { shop in
            let daemon = name == "productd" ? shop.productd : shop.customerd
            try daemon.start()
            try await daemon.awaitReadiness(status)
            try await body(name == "productd" ? shop.productctl : shop.customerctl)
        }
    }

    /// Sends a line as one would with socat, and reads until the daemon has nothing more to say.
    private func exchange(_ line: String, at path: String) async throws -> [String] {
        try await ByHand(path: path).exchange(line)
    }
}
