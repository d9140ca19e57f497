import Foundation
import TestSupport
import Testing

@Suite("The tools' exit status says how a request ended")
struct ExitStatusTests {
    @Test("0 done, 1 failed, 2 not understood, 5 not found, 6 wrong state, 7 not ready, 75 not in time")
    func ofRequests() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            let tool = shop.productctl
            try await expect(tool, ["status"], 0)
            try await expect(tool, ["watch", "--count", "none"], 2)
            try await expect(tool, ["order", "show", UUID().uuidString], 5)
            try await expect(tool, ["pause", "publish"], 0)
            try await expect(tool, ["drain", "--wait"], 6)
            try await expect(tool, ["resume"], 0)
            // What waits for a broker that is away is not finished in a second.
            shop.customerd.signal(SIGKILL)
            try await shop.customerd.exitStatus()
            try await shop.servers.manage("DELETE", "/api/vhosts/\(shop.virtualHost)")
            _ = try await shop.placeOrder(of: product)
            let drained = try await tool.run("drain", "--wait", "--timeout", "1")
            #expect(drained.status == 75 && drained.errors.contains("ask again, or resume"), "\(drained)")
            try await shop.products.drop()
            try await shop.productd.awaitReadiness("down")
            try await expect(tool, ["health"], 7)
            // Paused or not can't be kept: that is failed where something else than the operator is at fault.
            try await expect(tool, ["outbox", "status"], 1)
        }
    }

    @Test("2 for what the tool does not know, with and without an answer for programs")
    func usage() async throws {
        let tool = try CommandLineTool(name: "productctl", socket: "/nonexistent/admin.sock")
        for words in [
            [], ["nonsense"], ["spool"], ["spool", "nonsense"], ["--timeout", "-1", "status"], ["--socket"],
        ] {
            try await expect(tool, words, 2)
            let answer = try await tool.ask(words: words)
            #expect(answer.code == "usage" && answer.status == 2)
        }
    }

    @Test("3 where nobody runs, or what runs there is no daemon; said to people and to programs")
    func notRunning() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "none-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "left.sock").path
        for socket in [folder.appending(path: "none.sock").path, path] {
            if socket == path { try Disk.socket(at: path) }
            let tool = try CommandLineTool(name: "customerctl", socket: socket)
            let outcome = try await tool.run("status")
            #expect(outcome.status == 3 && outcome.errors.contains("is the daemon running?"))
            #expect(try await tool.ask("status").code == "not-running")
        }
    }

    @Test("75 where the daemon is stopped in its tracks; --timeout says how long that takes")
    func stopped() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            shop.productd.signal(SIGSTOP)
            let outcome = try await shop.productctl.run("status", "--timeout", "0.5")
            shop.productd.signal(SIGCONT)
            #expect(outcome.status == 75 && outcome.errors.contains("did not answer in time"))
            try await expect(shop.productctl, ["status"], 0)
        }
    }

    @Test("a monitoring system reads one line on standard output, and 0, 1, 2 or 3 as of any plugin")
    func check() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            let tool = shop.productctl
            try await expectLine(tool, 0, "productd OK: ready | 'outbox'=0 'files waiting'=0")
            try await expect(tool, ["pause", "http", "--reason", "a|b"], 0)
            try await expectLine(tool, 1, "productd WARNING: degraded: pauses: http is paused")
            try await shop.products.drop()
            try await shop.productd.awaitReadiness("down")
            try await expectLine(tool, 2, "productd CRITICAL: not ready: ")
            try await shop.productd.stop()
            try await expectLine(tool, 2, "productd CRITICAL: nobody answers at \(tool.socket)")
        }
    }

    private func expectLine(_ tool: CommandLineTool, _ status: Int32, _ beginning: String) async throws {
        let outcome = try await tool.run("health", "--check")
        #expect(outcome.status == status && outcome.output.hasPrefix(beginning), "\(outcome)")
        #expect(outcome.errors.isEmpty && outcome.output.split(separator: "\n").count == 1)
        // What stands behind the bar is for the graphs.
        #expect(outcome.output.split(separator: "|").count <= 2)
    }

    private func expect(_ tool: CommandLineTool, _ words: [String], _ status: Int32) async throws {
        let outcome = try await tool.run(words: words)
        #expect(outcome.status == status, "\(words): \(outcome)")
    }
}
