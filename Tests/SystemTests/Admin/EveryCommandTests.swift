import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Each command is answered by hand, to people and to programs, and as its schema says")
struct EveryCommandTests {
    @Test("of productd", arguments: Way.allCases)
    func productd(way: Way) async throws {
        try await Spool.open(settings: ["SPOOL_PATIENCE": "60s"], customerd: true) { spool in
            let daemon = try await AskedDaemon(spool.shop.productctl, by: way)
            let order = try await spool.shop.placeOrder(of: spool.product)
            try await spool.shop.awaitAgreement()
            try await askEverythingShared(daemon, part: "http")
            try await daemon.ask("order", "show", order)
            try await daemon.ask("order", "trace", order)
            try await daemon.ask("order", "trace", UUID().uuidString, ending: 5)
            try await daemon.ask("orders", "digest", "--parts", "4")
            try await daemon.ask("orders", "list", "--limit", "10")
            try await daemon.ask("orders", "replay", "--ids", order, "--reason", "a test", ending: 2)
            try await daemon.ask("orders", "replay", "--ids", order)
            try await daemon.ask("orders", "replay", "--ids", UUID().uuidString, ending: 5)
            try await askToImport(daemon, spool)
            try await daemon.ask("outbox", "status")
            try await daemon.ask("outbox", "kick", "--reason", "a test")
            try await askOfFiles(daemon, spool)
            try await daemon.ask("shutdown", "--reason", "a test")
            #expect(try await spool.shop.productd.exitStatus() == 0)
            try await spool.shop.productd.startAndAwaitReadiness()
            try await daemon.expectWholeAndAsPublished()
        }
    }

    private func askToImport(_ daemon: AskedDaemon, _ spool: Spool) async throws {
        let good = try spool.writeOutside("import-good.ndjson", spool.file("import-good").bytes)
        let bad = try spool.writeOutside("import-bad.ndjson", spool.file("import-bad", bad: true).bytes)
        let cut = try spool.writeOutside("import-cut.ndjson", spool.file("import-cut").bytes.dropLast(3))
        let late = try spool.writeOutside("import-late.ndjson", spool.file("import-late").bytes)
        try await daemon.ask("orders", "import", file: good)
        try await daemon.ask("orders", "import", "--reason", "again", file: good)
        try await daemon.ask("orders", "import", "--partner", "acme", file: bad, ending: 1)
        try await daemon.ask("orders", "import", file: cut, ending: 1)
        try await daemon.ask("orders", "import", "--partner", "nobody", file: good, ending: 5)
        try await daemon.ask("orders", "import", "--now", file: good, ending: 2)
        try await daemon.ask("orders", "import", "--no-wait", file: late)
    }

    private func askOfFiles(_ daemon: AskedDaemon, _ spool: Spool) async throws {
        try await spool.take(spool.file("good.ndjson"))
        let bad = try await spool.take(spool.file("bad.ndjson", bad: true))
        try await daemon.ask("spool", "list")
        try await daemon.ask("spool", "list", "--state", "nonsense", ending: 2)
        try await daemon.ask("spool", "show", bad.id)
        try await daemon.ask("spool", "retry", bad.id, "--reason", "a test")
        try await spool.awaitReceipt(of: "bad.ndjson")
        try await daemon.ask("pause", "ingest")
        try spool.drop(spool.file("held.ndjson"))
        try await daemon.ask("spool", "rescan")
        try await daemon.ask("spool", "backlog")
        try await daemon.ask("spool", "list")
        try await daemon.ask("spool", "show", "acme/held.ndjson")
        try await daemon.ask("spool", "hold", "acme/held.ndjson", "--reason", "a test")
        let id = try await spool.id(of: "held.ndjson")
        try await daemon.ask("spool", "show", id)
        try await daemon.ask("spool", "release", id)
        try await daemon.ask("spool", "hold", id, "--reason", "again")
        try await daemon.ask("spool", "discard", id, "--reason", "a test", ending: 6)
        try await daemon.ask("spool", "discard", id, "--reason", "a test", "--yes")
        try await daemon.ask("spool", "show", id, ending: 5)
        try await daemon.ask("resume")
        try await daemon.ask("audit", "--limit", "100")
    }

    @Test("of customerd", arguments: Way.allCases)
    func customerd(way: Way) async throws {
        try await Shop.open(on: .shared()) { shop in
            let daemon = try await AskedDaemon(shop.customerctl, by: way)
            let order = try await shop.placeOrder(of: try await shop.addProduct())
            let customer = try #require(try await shop.orders()[order]).customer
            try await shop.awaitAgreement()
            try await askEverythingShared(daemon, part: "consume")
            try await daemon.ask("consumer", "status")
            try await daemon.ask("customer", "show", customer)
            try await daemon.ask("customer", "show", "nobody", ending: 5)
            try await daemon.ask("order", "show", order)
            try await daemon.ask("stats", "rebuild", "--reason", "a test")
            try await daemon.ask("stats", "rebuild", "--customer", customer)
            try await daemon.ask("reconcile")
            try await shop.customers.use { _ = try $0.query("UPDATE customer_stats SET total_orders = 7") }
            try await daemon.ask("reconcile", "--settle", "0", ending: 1)
            try await daemon.ask("reconcile", "--repair", "--settle", "0", "--reason", "a test")
            try await BrokerDesk(shop).publish(["none", "nothing", "never"], to: "order_created")
            try await eventually("they are parked") { try await shop.customerctl.ask("dlq", "list").rows.count == 3 }
            let letters = try await shop.customerctl.ask("dlq", "list").all("id")
            try await daemon.ask("dlq", "list")
            try await daemon.ask("dlq", "show", letters[0])
            try await daemon.ask("dlq", "discard", letters[0], "--reason", "a test", ending: 6)
            try await daemon.ask("dlq", "discard", letters[0], "--reason", "a test", "--yes")
            try await daemon.ask("dlq", "show", letters[0], ending: 5)
            try await daemon.ask("dlq", "retry", letters[1])
            try await daemon.ask("dlq", "retry", "--all", "--limit", "10", "--reason", "a test")
            try await daemon.ask("audit")
            try await daemon.ask("shutdown")
            #expect(try await shop.customerd.exitStatus() == 0)
            try await shop.customerd.startAndAwaitReadiness()
            try await daemon.expectWholeAndAsPublished()
        }
    }

    /// What both daemons are asked, and answer in the same way.
    private func askEverythingShared(_ daemon: AskedDaemon, part: String) async throws {
        for command in ["status", "health", "stats", "metrics", "connections", "config", "version", "help"] {
            try await daemon.ask(command)
        }
        try await daemon.ask("health", "--check")
        try await daemon.ask("help", "pause")
        try await daemon.ask("db", "status")
        try await daemon.ask("db", "migrate")
        try await daemon.ask("watch", "--count", "2")
        try await daemon.ask("pause", part, "--for", "10m", "--reason", "a test of pauses")
        try await daemon.ask("status")
        try await daemon.ask("health", "--check", ending: 1)
        try await daemon.ask("resume", part)
        try await daemon.ask("pause", "nonsense", ending: 2)
        try await daemon.ask("drain", "--wait", "--timeout", "60")
        try await daemon.ask("resume")
        try await daemon.ask("log-level", "debug", "--for", "10m")
        try await daemon.ask("reload", "--wait")
        try await daemon.ask("audit", "--limit", "10")
        try await daemon.ask("nonsense", ending: 2)
        try await daemon.ask("status", "now", ending: 2)
    }
}

extension Shop {
    /// Orders one piece.
    ///
    /// - Returns: The order's id.
    func placeOrder(of product: String) async throws -> String {
        let answer = try await productd.send("POST", "/orders", Self.order(of: product))
        let document = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        guard let id = document?["id"] as? String else { throw TestFailure("no order: \(answer.body)") }
        return id
    }
}
