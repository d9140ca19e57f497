import Foundation
import TestSupport
import Testing

@Suite("Messages that could not be applied are shown, tried again, or thrown away on the record")
struct DeadLetterTests {
    @Test("they are listed and shown where they lie, as often as one asks")
    func list() async throws {
        try await Shop.open(on: .shared(), running: [\.customerd]) { shop in
            try await BrokerDesk(shop).publish(
                [#"{"pattern":"order_created","data":{}}"#, "none"], to: "order_created")
            // RabbitMQ 4 by itself gives up on a message that came back 20 times.
            for _ in 0..<25 {
                try await eventually("both are listed") { try await letters(of: shop).count == 2 }
            }
            let letter = try #require(try await letters(of: shop).first { $0["reason"] as? String == "malformed-json" })
            #expect(letter["queue"] as? String == "order_created.parked")
            #expect(letter["bodyBytes"] as? Int == 4)
            #expect((letter["parkedAt"] as? String)?.hasSuffix("Z") == true)
            let id = try #require(letter["id"] as? String)
            let shown = try await shop.customerctl.run("--json", "dlq", "show", id).lines()
            #expect(shown.first?["body"] as? String == "none")
            #expect(try await shop.customerctl.run("dlq", "show", "nothing").status == 5)
        }
    }

    @Test("one is tried again, or all; what fails again lies there again, and nothing goes round in circles")
    func retry() async throws {
        try await Shop.open(on: .shared(), running: [\.customerd]) { shop in
            let broker = try BrokerDesk(shop)
            try await broker.publish((0..<300).map { order($0) } + ["none"], to: "order_created.parked")
            let first = try #require(try await letters(of: shop).first?["id"] as? String)
            #expect(try await shop.customerctl.run("dlq", "retry", first).status == 0)
            try await eventually("it is applied") { try await orders(of: shop) == 1 }
            let all = try await shop.customerctl.run("dlq", "retry", "--all", "--limit", "10000", "--reason", "mended")
            #expect(all.status == 0, "\(all.errors)")
            try await eventually("all are applied") { try await orders(of: shop) == 300 }
            try await eventually("the bad one lies there again") {
                try await letters(of: shop).map { $0["reason"] as? String } == ["malformed-json"]
            }
            #expect(try await shop.customerctl.run("dlq", "retry").status == 2)
        }
    }

    @Test("an operator who goes away in the middle loses none and doubles none")
    func clientGone() async throws {
        try await Shop.open(on: .shared(), running: [\.customerd]) { shop in
            let broker = try BrokerDesk(shop)
            try await broker.publish((0..<2_000).map { order($0) }, to: "order_created.parked")
            try await ByHand(path: shop.customerctl.socket).leaveEarly("dlq retry --all")
            // What RabbitMQ had confirmed and not yet removed is there twice, and applied once.
            try await eventually("what is applied and what lies there are all") {
                try await orders(of: shop) + letters(of: shop).count >= 2_000
            }
            #expect(try await shop.customerctl.run("dlq", "retry", "--all").status == 0)
            try await eventually("all are applied") { try await orders(of: shop) == 2_000 }
            #expect(
                try await shop.customers.number("SELECT sum(total_orders)::bigint FROM customer_stats") == 2_000)
        }
    }

    @Test("nothing is thrown away without a reason and the token; what it was is in the audit")
    func discard() async throws {
        try await Shop.open(on: .shared(), running: [\.customerd]) { shop in
            try await BrokerDesk(shop).publish(["none", "nothing"], to: "order_created")
            try await eventually("both are listed") { try await letters(of: shop).count == 2 }
            let id = try #require(
                try await letters(of: shop).first { $0["bodyBytes"] as? Int == 4 }?["id"] as? String)
            #expect(try await shop.customerctl.run("dlq", "discard", id).status == 2)
            let asked = try await shop.customerctl.run("dlq", "discard", id, "--reason", "a test")
            #expect(asked.status == 6)
            #expect(try await letters(of: shop).count == 2)
            let token = try #require(
                asked.errors.split(separator: " ").last?.trimmingCharacters(in: .whitespacesAndNewlines))
            #expect(
                try await shop.customerctl.run("dlq", "discard", id, "--reason", "x", "--token", "0123456789ab").status
                    == 6)
            #expect(
                try await shop.customerctl.run("dlq", "discard", id, "--reason", "a test", "--token", token).status == 0
            )
            #expect(try await letters(of: shop).count == 1)
            let audit = try await shop.customerctl.run("--json", "audit")
            #expect(audit.output.contains("none") && audit.output.contains("a test"))
        }
    }

    @Test("how consuming goes is told without asking anybody")
    func consumerStatus() async throws {
        try await Shop.open(on: .shared(), running: [\.customerd]) { shop in
            try await BrokerDesk(shop).publish([order(1)], to: "order_created")
            try await eventually("the order is counted") {
                try await shop.customerctl.run("--json", "consumer", "status").lines().first?["applied"] as? Int == 1
            }
            let status = try await shop.customerctl.run("--json", "consumer", "status").lines().first
            #expect(status?["connected"] as? Int == 2)
            #expect(status?["rabbitmq"] as? String == "up")
            #expect(status?["paused"] as? Bool == false)
        }
    }

    private func letters(of shop: Shop) async throws -> [[String: Any]] {
        let outcome = try await shop.customerctl.run("--json", "dlq", "list", "--limit", "10000")
        guard outcome.status == 0 else { throw TestFailure("dlq list: \(outcome.errors)") }
        return try outcome.lines().filter { $0["t"] as? String == "row" }
    }

    private func orders(of shop: Shop) async throws -> Int {
        Int(try await shop.customers.number("SELECT count(*) FROM customer_orders"))
    }

    private func order(_ number: Int) -> String {
        #"{"pattern":"order_created","data":{"orderId":"\#(UUID().uuidString)","customerId":"c-\#(number)","amount":"1.50"}}"#
    }
}
