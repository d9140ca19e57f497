import Foundation
import TestSupport
import Testing

@Suite("A daemon answers its operators, on its socket and through its tool")
struct AdminTests {
    private static let viewerCommands = [
        "status", "health", "stats", "metrics", "connections", "config", "version", "help", "watch --count 2",
    ]

    @Test("each command, by hand and through the tool, plain and as JSON", arguments: ["productd", "customerd"])
    func everyCommand(daemon: String) async throws {
        try await withDaemon(daemon) { tool in
            for command in Self.viewerCommands {
                let words = command.split(separator: " ").map(String.init)
                let plain = try await tool.run(words: words)
                #expect(plain.status == 0, "\(command): \(plain.errors)")
                #expect(plain.output.split(separator: "\n").count > 1, "\(command): a header and rows")
                let json = try await tool.run(words: ["--json"] + words)
                let lines = try json.lines()
                #expect(lines.last?["t"] as? String == "end")
                #expect(lines.dropLast().allSatisfy { $0["t"] as? String == "row" } && lines.count > 1)
                let byHand = try await exchange(command, at: tool.socket)
                #expect(byHand.filter { $0.contains(#""t":"end""#) }.count == 1)
            }
        }
    }

    @Test("every failure has its exit status")
    func exitStatuses() async throws {
        try await withDaemon("productd") { tool in
            #expect(try await tool.run("nonsense").status == 2)
            #expect(try await tool.run("status", "now").status == 2)
            #expect(try await tool.run().status == 2)
            #expect(try await tool.run("--help").output.contains("productctl watch"))
            let nobody = try CommandLineTool(name: "productctl", socket: tool.socket + ".none")
            let outcome = try await nobody.run("status")
            #expect(outcome.status == 3)
            #expect(outcome.errors.contains("is the daemon running?"))
        }
    }

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
