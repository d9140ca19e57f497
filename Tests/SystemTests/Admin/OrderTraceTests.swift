import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Where an order is, and what the outbox waits for, can be asked at any time")
struct OrderTraceTests {
    @Test("an order's way is told with times, from its request to the customer's statistics")
    func whole() async throws {
        try await Shop.open(on: .shared(), running: [\.productd, \.customerd]) { shop in
            let id = try await place(in: shop, headers: ["X-Request-Id": "where-is-it"])
            try await shop.awaitAgreement()
            let answer = try await shop.productctl.ask("order", "trace", id)
            #expect(answer.status == 0 && answer.message.contains("statistics"))
            #expect(answer.all("step") == ["received", "committed", "published", "confirmed", "applied"])
            let times = answer.rows.filter { $0["step"] != "committed" }.map { $0["at"] }
            #expect(times.allSatisfy { $0.hasSuffix("Z") } && times == times.sorted())
            #expect(answer.rows.first?["detail"] == "http, request where-is-it")
            #expect(answer.all("detail")[2].contains(/order_created, event [0-9a-f-]{36}$/))
            let shown = try #require(try await shop.productctl.ask("order", "show", id).rows.first)
            #expect(shown["requestId"] == "where-is-it" && shown["status"] == "CREATED" && shown["total"] == "19.99")
            let unknown = UUID().uuidString
            #expect(try await shop.productctl.ask("order", "trace", unknown).status == 5)
            #expect(try await shop.productctl.ask("order", "show", unknown).status == 5)
            #expect(try await shop.productctl.ask("order", "show", "x").status == 2)
        }
    }

    @Test("a cancelled order's way has both events")
    func cancelled() async throws {
        try await Shop.open(on: .shared(), running: [\.productd, \.customerd]) { shop in
            let id = try await place(in: shop)
            try await shop.awaitAgreement()
            let answer = try await shop.productd.send("PATCH", "/orders/\(id)", #"{"status":"CANCELLED"}"#)
            #expect(answer.status == 200, "\(answer.body)")
            try await eventually("the cancellation is published") {
                try await shop.productctl.ask("order", "trace", id).all("step").filter { $0 == "confirmed" }.count == 2
            }
        }
    }

    @Test("what has not left, not arrived or is not known any more is said so, and why")
    func underWay() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            try await shop.productctl.expect("pause", "publish")
            let id = try await place(in: shop)
            let waiting = try await shop.productctl.ask("order", "trace", id)
            #expect(waiting.all("step") == ["received", "committed", "published", "applied"])
            #expect(waiting.all("detail")[2].contains("waits in the outbox"))
            #expect(waiting.all("detail")[3].contains("CUSTOMERD_ADMIN_SOCKET"))
            let status = try #require(try await shop.productctl.ask("outbox", "status").rows.first)
            #expect(status["events"] == "1" && status["oldestAt"].hasSuffix("Z"))
            #expect(status["rabbitmq"] == "up")
            try await shop.productctl.expect("resume", "publish")
            try await shop.customerd.startAndAwaitReadiness()
            try await shop.awaitAgreement()
            try await shop.products.use { _ = try $0.query("DELETE FROM publications") }
            let forgotten = try await shop.productctl.ask("order", "trace", id)
            #expect(forgotten.all("detail")[2].contains("not known any more"))
        }
    }

    @Test("events that were put off are published at once when somebody kicks the outbox")
    func kick() async throws {
        try await Shop.open(on: .shared(), running: [\.productd, \.customerd]) { shop in
            try await shop.productctl.expect("pause", "publish")
            for _ in 0..<3 { _ = try await place(in: shop) }
            try await shop.products.use {
                _ = try $0.query("UPDATE outbox SET attempts = 6, not_before = now() + interval '1 hour'")
            }
            try await shop.productctl.expect("resume", "publish")
            let status = try #require(try await shop.productctl.ask("outbox", "status").rows.first)
            #expect(status["postponed"] == "3" && status["mostAttempts"] == "6")
            let kicked = try await shop.productctl.ask("outbox", "kick", "--reason", "the queue is back")
            #expect(kicked.message == "3 postponed events are tried now")
            try await shop.awaitAgreement()
            #expect(try await shop.productctl.ask("outbox", "kick").message == "0 postponed events are tried now")
        }
    }

    /// - Returns: The order's id.
    private func place(in shop: Shop, headers: [String: String] = [:]) async throws -> String {
        let product = try await shop.addProduct()
        let answer = try await shop.productd.send(
            "POST", "/orders", headers: headers,
            #"{"customerId":"\#(OrderFile.customer)","items":[{"productId":"\#(product)","quantity":1}]}"#)
        let document = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        return try #require(document?["id"] as? String)
    }
}
