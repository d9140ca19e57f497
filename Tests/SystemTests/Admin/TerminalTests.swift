import Foundation
import Postgres
import TestSupport
import Testing

@Suite("People see tables, colours and a picture that moves; programs and pipes see plain lines")
struct TerminalTests {
    private static let escape = "\u{1B}["

    @Test("colours are for terminals, and never with NO_COLOR or on a terminal that has none")
    func colours() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            let tool = shop.productctl
            #expect(try await tool.onTerminal("status").contains("\(Self.escape)32mup"))
            // An empty one counts as none (no-color.org).
            #expect(try await tool.onTerminal("status", settings: ["NO_COLOR": ""]).contains("\(Self.escape)32mup"))
            for settings in [["NO_COLOR": "1"], ["TERM": "dumb"], ["TERM": ""]] {
                let output = try await tool.onTerminal("status", settings: settings)
                #expect(!output.contains(Self.escape) && output.contains("postgres"), "\(settings): \(output)")
            }
            let piped = try await tool.run("status")
            #expect(!(piped.output + piped.errors).contains(Self.escape))
            try await tool.expect("pause", "http")
            #expect(try await tool.onTerminal("status").contains("\(Self.escape)33mdegraded"))
            #expect(try await tool.onTerminal("pause", "nonsense").contains("\(Self.escape)31mthere is no part"))
        }
    }

    @Test("times and sizes are for people on a terminal, and exact in a pipe")
    func units() async throws {
        try await Spool.open { spool in
            let receipt = try await spool.take(spool.file("good.ndjson", orders: 30))
            let tool = spool.shop.productctl
            let shown = try await tool.onTerminal("spool", "list", settings: ["NO_COLOR": "1"], columns: 250)
            #expect(shown.contains(/done .* KiB .* (ago|now)/))
            #expect(shown.split(separator: "\r\n").first?.contains("SIZE") == true)
            let piped = try await tool.run("spool", "list").output.split(separator: "\n").map(String.init)
            #expect(piped[0].contains("SIZE_BYTES") && piped[0].contains("RECEIVED_AT"))
            #expect(piped[1].contains("\(receipt.size)") && piped[1].contains(receipt.receivedAt))
            #expect(piped[1].split(separator: " ").count == piped[0].split(separator: " ").count)
        }
    }

    @Test("a table that is wider than the terminal loses nothing, and no line of it is broken")
    func narrow() async throws {
        try await Spool.open { spool in
            let receipts = [
                try await spool.take(spool.file("good.ndjson")),
                try await spool.take(spool.file("bad.ndjson", bad: true)),
            ]
            let tool = spool.shop.productctl
            let list = try await tool.onTerminal("spool", "list", settings: ["NO_COLOR": "1"], columns: 80)
            for receipt in receipts { #expect(list.contains(receipt.id) && list.contains(receipt.originalName)) }
            #expect(list.contains("reason orders-refused"))
            let lines = list.split(separator: "\r\n")
            #expect(lines[0].hasPrefix("ID") && lines[0].count <= 80)
            // One row alone has a line for each of its members, times in full.
            let order = try await spool.shop.placeOrder(of: spool.product)
            let shown = try await tool.onTerminal("order", "show", order, settings: ["NO_COLOR": "1"], columns: 80)
            #expect(shown.contains(/created +20.*Z \(.*(ago|now)\)/))
        }
    }

    @Test("watch draws one picture again and again on a terminal, and a line a second into a pipe; top is the same")
    func watch() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            for word in ["watch", "top"] {
                let shown = try await shop.productctl.onTerminal(word, "--count", "2")
                #expect(shown.components(separatedBy: "\(Self.escape)H").count == 3, "\(shown)")
                #expect(shown.components(separatedBy: "ORDERS/S").count == 3)
                #expect(shown.contains("productd is"))
            }
            let piped = try await shop.productctl.run("watch", "--count", "3").output.split(separator: "\n")
            #expect(piped.count == 4 && piped[0].contains("ORDERS/S") && !piped.joined().contains(Self.escape))
        }
    }

    @Test("what takes long shows on the terminal how far it has come, and leaves nothing of that behind")
    func progress() async throws {
        try await Shop.open(on: .shared(), running: [\.productd, \.customerd]) { shop in
            let product = try await shop.addProduct()
            try await shop.productctl.expect("pause", "publish")
            _ = try await shop.placeOrder(of: product)
            try await shop.products.use { _ = try $0.query("DELETE FROM outbox") }
            try await shop.productctl.expect("resume")
            let terminal = try PseudoTerminal(
                [shop.customerctl.path, "reconcile", "--settle", "3"], environment: shop.customerctl.environment)
            let shown = try await terminal.output()
            #expect(shown.contains(/\r\[[#-]+\] +0 %  0 of 1 orders that may be under way/), "\(shown)")
            #expect(shown.contains("\r\(Self.escape)K\(Self.escape)1m"), "the table begins where the bar was")
            let piped = try await shop.customerctl.run("reconcile", "--settle", "2")
            #expect(!piped.errors.contains("%"))
            // On standard error, so that the table can be kept.
            let answer = try await shop.customerctl.ask("reconcile", "--settle", "2")
            #expect(!answer.progress.isEmpty && answer.rows.count == 1)
        }
    }

    @Test("what somebody sent can't move the cursor of who looks at it")
    func hostileText() async throws {
        try await Shop.open(on: .shared(), running: [\.customerd]) { shop in
            try await BrokerDesk(shop).publish(["\u{1B}[2J\u{1B}]0;owned\u{7}\r\nnone"], to: "order_created")
            try await eventually("it is parked") { try await shop.customerctl.ask("dlq", "list").rows.count == 1 }
            let id = try #require(try await shop.customerctl.ask("dlq", "list").all("id").first)
            let shown = try await shop.customerctl.onTerminal("dlq", "show", id)
            #expect(shown.contains("?[2J?]0;owned?") && !shown.contains("\(Self.escape)2J"))
            #expect(try await shop.customerctl.ask("dlq", "show", id).all("body").first?.contains("\u{1B}[2J") == true)
        }
    }

    @Test("the tool's own options may stand anywhere, and a command's --timeout is the command's")
    func options() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            let tool = try CommandLineTool(name: "productctl", socket: "/nonexistent")
            let socket = shop.productctl.socket
            for words in [
                ["--socket", socket, "--json", "status"], ["status", "--json", "--socket", socket],
                ["--json", "spool", "--socket=\(socket)", "backlog"],
            ] {
                #expect(try await tool.run(words: words).lines().last?["t"] as? String == "end", "\(words)")
            }
            try await shop.productctl.expect("drain", "--wait", "--timeout", "7", "--reason", "a \"test\"\nof words")
            let drained = try #require(try await shop.productctl.ask("audit").rows.first)
            #expect(drained["reason"] == "a \"test\" of words" && drained["command"] == "drain")
            #expect(drained["parameters"].contains("timeout") && drained["parameters"].contains("7"))
        }
    }
}
