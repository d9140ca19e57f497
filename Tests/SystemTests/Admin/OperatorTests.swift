import Foundation
import TestSupport
import Testing

@Suite("What operators change holds, is answered when it is true, and is kept")
struct OperatorTests {
    @Test("orders over HTTP are refused while paused, over a restart too, and taken again when resumed")
    func pauseHTTP() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            let paused = try await shop.productctl.run("pause", "http", "--reason", "stocktaking")
            #expect(paused.status == 0, "\(paused.errors)")
            try await expectRefused(shop, product)
            #expect(try await shop.productd.get("/readyz").body.contains("http is paused since"))
            #expect(try await shop.productctl.run("status").output.contains("stocktaking"))
            #expect(try await shop.productd.get("/products").status == 200)

            shop.productd.signal(SIGKILL)
            try await shop.productd.exitStatus()
            try shop.productd.start()
            try await shop.productd.awaitReadiness("degraded")
            try await expectRefused(shop, product)
            #expect(try await shop.productctl.run("resume", "http").status == 0)
            #expect(try await shop.place(product) == 201)
            #expect(try await shop.productd.readiness() == "ready")
        }
    }

    @Test("a pause for a while ends by itself")
    func pauseForAWhile() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            #expect(try await shop.productctl.run("pause", "http", "--for", "2s").status == 0)
            try await expectRefused(shop, product)
            try await eventually("orders are taken again") { try await shop.place(product) == 201 }
        }
    }

    @Test("while publishing is paused no event leaves, however many orders come; resumed, all of them do")
    func pausePublish() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            #expect(try await shop.productctl.run("pause", "publish").status == 0)
            for _ in 0..<20 { #expect(try await shop.place(product) == 201) }
            #expect(try await shop.products.number("SELECT count(*) FROM outbox") == 20)
            #expect(try await shop.productctl.run("resume").status == 0)
            try await shop.awaitAgreement()
        }
    }

    @Test("while consuming is paused nothing is applied; resumed, everything is, once")
    func pauseConsume() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            #expect(try await shop.customerctl.run("pause", "consume").status == 0)
            for _ in 0..<20 { #expect(try await shop.place(product) == 201) }
            try await eventually("all events are published") {
                try await shop.products.number("SELECT count(*) FROM outbox") == 0
            }
            #expect(try await shop.customers.number("SELECT count(*) FROM customer_orders") == 0)
            #expect(try await shop.customerctl.run("resume", "consume").status == 0)
            try await shop.awaitAgreement()
        }
    }

    @Test("drained, nothing is on its way any more, under load")
    func drain() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask { while try await shop.place(product) == 201 {} }
                }
                try await eventually("orders flow") {
                    try await shop.products.number("SELECT count(*) FROM orders") > 50
                }
                let drained = try await shop.productctl.run("drain", "--wait")
                #expect(drained.status == 0, "\(drained.errors)")
                #expect(try await shop.products.number("SELECT count(*) FROM outbox") == 0)
                try await group.waitForAll()
            }
            #expect(try await shop.productctl.run("resume").status == 0)
            #expect(try await shop.place(product) == 201)
            try await shop.awaitAgreement()
        }
    }

    @Test("a drain that can't end says why, and what holds it up")
    func drainWhilePublishingIsPaused() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            #expect(try await shop.productctl.run("pause", "publish").status == 0)
            let outcome = try await shop.productctl.run("drain", "--wait")
            #expect(outcome.status == 6)
            #expect(outcome.errors.contains("publish is paused"))
        }
    }

    @Test("without the database nothing is paused, and the operator is told so")
    func pauseWithoutDatabase() async throws {
        let nobody = "\(try FreePort.any())"
        try await Shop.open(
            on: .shared(), settings: ["DB_HOST": "127.0.0.1", "DB_PORT": nobody], running: []
        ) { shop in
            try shop.productd.start()
            try await shop.productd.awaitReadiness("down")
            let outcome = try await shop.productctl.run("pause", "http")
            #expect(outcome.status == 6)
            #expect(outcome.errors.contains("nothing was paused"))
            // The level is no matter of the database, and the audit waits.
            #expect(try await shop.productctl.run("log-level", "debug").status == 0)
        }
    }

    @Test("the log says more for as long as it was told to")
    func logLevel() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            let quiet = try await shop.productctl.run("log-level", "critical", "--for", "1h")
            #expect(quiet.status == 0)
            let before = shop.productd.logText
            #expect(try await shop.productctl.run("pause", "http").status == 0)
            #expect(shop.productd.logText == before)
            #expect(try await shop.productctl.run("log-level", "info", "--for", "1s").status == 0)
            #expect(shop.productd.logText.contains("An operator gave an order"))
            #expect(try await shop.productctl.run("log-level", "loud").status == 2)
        }
    }

    @Test("with the log on debug, an order is found in both logs by its id")
    func orderInLogs() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            for tool in [shop.productctl, shop.customerctl] {
                #expect(try await tool.run("log-level", "debug", "--for", "10m").status == 0)
            }
            #expect(try await shop.place(product) == 201)
            let id = try #require(try await shop.orders().keys.first)
            for (daemon, message) in [(shop.productd, "Order committed"), (shop.customerd, "Order event applied")] {
                try await eventually("\(message) is logged") {
                    daemon.logText.split(separator: "\n").contains {
                        $0.contains(message) && $0.contains("order_id=\(id)") && $0.contains("customer_id=")
                            && $0.contains("request_id=")
                    }
                }
            }
        }
    }

    @Test("every change is in the audit, with who did it, why, and how it ended")
    func audit() async throws {
        try await Shop.open(on: .shared(), running: [\.customerd]) { shop in
            #expect(try await shop.customerctl.run("pause", "consume", "--reason", "moving house").status == 0)
            #expect(try await shop.customerctl.run("pause", "nonsense").status == 2)
            #expect(try await shop.customerctl.run("resume").status == 0)
            let rows = try await shop.customerctl.run("--json", "audit").lines().dropLast()
            #expect(rows.map { $0["command"] as? String } == ["resume", "pause", "pause"])
            #expect(rows.map { $0["result"] as? String } == ["ok", "usage", "ok"])
            #expect(rows.allSatisfy { $0["uid"] as? Int == Int(getuid()) && $0["role"] as? String == "admin" })
            #expect(rows.last?["reason"] as? String == "moving house")
            let older = try await shop.customerctl.run(
                "--json", "audit", "--limit", "1", "--before", "\(rows.first?["id"] ?? "")"
            ).lines()
            #expect(older.count == 2 && older[0]["result"] as? String == "usage")
            #expect(shop.customerd.logText.contains("reason=\"moving house\""))
        }
    }

    @Test("the database's state is told, and migrating what is up to date changes nothing")
    func database() async throws {
        try await Shop.open(on: .shared()) { shop in
            for tool in [shop.productctl, shop.customerctl] {
                let status = try await tool.run("--json", "db", "status").lines()
                #expect(status.first?["pendingMigrations"] as? Int == 0)
                #expect(status.first?["fsync"] as? String != nil)
                let migration = try await tool.run("db", "migrate")
                #expect(migration.status == 0 && migration.output.contains("up to date"))
            }
        }
    }

    @Test("migrations that are missing are applied on request, and the daemon becomes ready")
    func migrate() async throws {
        try await Shop.open(on: .shared(), settings: ["DB_MIGRATE": "off"], running: []) { shop in
            try shop.productd.start()
            try await shop.productd.awaitReadiness("down")
            let outcome = try await shop.productctl.run("db", "migrate")
            #expect(outcome.status == 0, "\(outcome.errors)")
            try await shop.productd.awaitReadiness()
        }
    }

    @Test("shutdown stops the daemon in an orderly way, and what was accepted is published first")
    func shutdown() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            #expect(try await shop.place(product) == 201)
            let outcome = try await shop.productctl.run("shutdown", "--reason", "new kernel")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try await shop.productd.exitStatus() == 0)
            try await shop.awaitAgreement()
            #expect(
                try await shop.products.number("SELECT count(*) FROM admin_audit WHERE reason = 'new kernel'") == 1)
        }
    }

    @Test("a good configuration is taken over, a bad one leaves the old in force and says what is wrong")
    func reload() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "config-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("{}".utf8).write(to: file)
        try await Shop.open(on: .shared(), running: []) { shop in
            try shop.productd.start(["--config", file.path])
            try await shop.productd.awaitReadiness()
            #expect(try await shop.productctl.run("reload", "--wait").output.contains("nothing has changed"))

            try Data(#"{"log":{"level":"debug"},"order":{"writers":7}}"#.utf8).write(to: file)
            // Two at a time: one of them finds everything done already.
            async let one = shop.productctl.run("--json", "reload", "--wait")
            async let other = CommandLineTool(name: "productctl", socket: shop.productctl.socket)
                .run("--json", "reload", "--wait")
            let outcomes = try await [one, other]
            #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes)")
            let changes = try outcomes.flatMap { try $0.lines() }.filter { $0["t"] as? String == "row" }
            #expect(
                Set(changes.map { "\($0["key"] ?? "") \($0["takesEffect"] ?? "")" }) == [
                    "log.level now", "order.writers with a restart",
                ])
            #expect(changes.count == 2)

            try Data(#"{"log":{"level":"loud"},"colour":"red"}"#.utf8).write(to: file)
            let refused = try await shop.productctl.run("reload", "--wait")
            #expect(refused.status == 6)
            #expect(refused.errors.contains("log.level") && refused.errors.contains("colour"))
            #expect(try await shop.productd.readiness() == "ready")
        }
    }

    private func expectRefused(_ shop: Shop, _ product: String) async throws {
        let answer = try await shop.productd.send("POST", "/orders", Shop.order(of: product))
        #expect(answer.status == 503)
        #expect(answer.body.contains("paused"))
        #expect(answer.headers["retry-after"] != nil)
    }
}

extension Shop {
    static func order(of product: String) -> String {
        #"{"customerId":"\#(UUID().uuidString.lowercased())","items":[{"productId":"\#(product)","quantity":1}]}"#
    }

    /// Orders one piece.
    ///
    /// - Returns: The answer's status.
    func place(_ product: String) async throws -> Int {
        try await productd.send("POST", "/orders", Self.order(of: product)).status
    }
}
