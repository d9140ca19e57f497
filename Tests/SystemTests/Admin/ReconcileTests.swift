import Foundation
import Postgres
import TestSupport
import Testing

@Suite("What productd holds and what customerd has applied can be compared, and mended")
struct ReconcileTests {
    @Test("where nothing is wrong nothing is found, also while orders come in")
    func agreement() async throws {
        try await Shop.open(on: .shared()) { shop in
            let none = try await shop.customerctl.run("reconcile")
            #expect(none.status == 0, "\(none.errors)")
            let product = try await shop.addProduct()
            let shoppers = Shoppers(port: shop.productd.port, product: product)
            try await shoppers.shop(8) {
                try await shoppers.awaitOrders(300)
                let outcome = try await shop.customerctl.run("reconcile")
                #expect(outcome.status == 0, "\(outcome.errors)")
                try await shoppers.awaitOrders(100)
            }
            try await shop.awaitAgreement()
            let outcome = try await shop.customerctl.run("reconcile", "--repair")
            #expect(outcome.output.contains("all are here; the statistics are right"))
        }
    }

    @Test("events lost by hand, orders deleted, and statistics doubled are found, and mended on request")
    func damage() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            for _ in 0..<50 { #expect(try await shop.place(product) == 201) }
            try await shop.awaitAgreement()
            // An event that never leaves.
            #expect(try await shop.productctl.run("pause", "publish").status == 0)
            #expect(try await shop.place(product) == 201)
            try await shop.products.use { try $0.execute(script: "DELETE FROM outbox") }
            #expect(try await shop.productctl.run("resume").status == 0)
            // Two orders that are lost with what they counted, and one whose customer's sum still has it.
            try await shop.customers.use {
                try $0.execute(
                    script: """
                        WITH gone AS (
                            DELETE FROM customer_orders WHERE order_id IN (
                                SELECT order_id FROM customer_orders ORDER BY order_id LIMIT 3)
                            RETURNING customer_id
                        )
                        DELETE FROM customer_stats WHERE customer_id IN (SELECT customer_id FROM gone LIMIT 2);
                        UPDATE customer_stats SET total_orders = total_orders * 2
                        WHERE customer_id = (SELECT customer_id FROM customer_orders ORDER BY order_id DESC LIMIT 1);
                        """)
            }
            let found = try await shop.customerctl.run("--json", "reconcile", "--settle", "0")
            #expect(found.status == 1)
            #expect(try kinds(in: found) == ["missing": 4, "statistics": 2])
            let mended = try await shop.customerctl.run("--json", "reconcile", "--repair", "--settle", "0")
            #expect(mended.status == 0, "\(mended.output) \(mended.errors)")
            try await shop.awaitAgreement()
            #expect(try await shop.customerctl.run("reconcile").status == 0)
        }
    }

    @Test("a cancellation that was lost is a difference, and is told again")
    func lostCancellation() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            #expect(try await shop.place(product) == 201)
            try await shop.awaitAgreement()
            let id = try #require(try await shop.orders().keys.first)
            #expect(try await shop.productctl.run("pause", "publish").status == 0)
            let cancelled = try await shop.productd.send("PATCH", "/orders/\(id)", #"{"status":"CANCELLED"}"#)
            #expect(cancelled.status == 200, "\(cancelled.body)")
            try await shop.products.use { try $0.execute(script: "DELETE FROM outbox") }
            #expect(try await shop.productctl.run("resume").status == 0)
            let found = try await shop.customerctl.run("--json", "reconcile", "--settle", "0")
            #expect(try kinds(in: found) == ["different": 1])
            #expect(try await shop.customerctl.run("reconcile", "--repair").status == 0)
            #expect(try await shop.customers.number("SELECT sum(cancelled_orders)::bigint FROM customer_stats") == 1)
        }
    }

    @Test("an order that productd never had is shown, and left alone")
    func unknownOrder() async throws {
        try await Shop.open(on: .shared()) { shop in
            try await shop.customers.use {
                try $0.execute(
                    script: """
                        INSERT INTO customers (id) VALUES ('7');
                        INSERT INTO customer_orders VALUES (gen_random_uuid(), '7', 100, 1, now(), true);
                        INSERT INTO customer_stats VALUES ('7', 1, 100, 0);
                        """)
            }
            let outcome = try await shop.customerctl.run("--json", "reconcile", "--repair", "--settle", "0")
            #expect(outcome.status == 1)
            #expect(try kinds(in: outcome) == ["unknown": 1])
            #expect(try await shop.customers.number("SELECT count(*) FROM customer_orders") == 1)
        }
    }

    @Test("without productd nothing is compared, and the operator is told where it was looked for")
    func productdIsAway() async throws {
        try await Shop.open(on: .shared(), running: [\.customerd]) { shop in
            let outcome = try await shop.customerctl.run("reconcile")
            #expect(outcome.status == 6)
            #expect(outcome.errors.contains("PRODUCTD_ADMIN_SOCKET=\(shop.productctl.socket)"))
        }
    }

    @Test("statistics are computed anew under load, and nobody ever sees a wrong one")
    func rebuild() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            let customer = UUID().uuidString.lowercased()
            let order = #"{"customerId":"\#(customer)","items":[{"productId":"\#(product)","quantity":1}]}"#
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<50 {
                            let answer = try await shop.productd.send("POST", "/orders", order)
                            #expect(answer.status == 201)
                        }
                    }
                }
                group.addTask {
                    var last = 0
                    while last < 200 {
                        let answer = try await shop.customerd.get("/customers/\(customer)/orders")
                        guard answer.status == 200 else { continue }
                        let count = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
                        let now = count?["totalOrders"] as? Int ?? 0
                        #expect(now >= last)
                        last = now
                    }
                }
                for _ in 0..<20 {
                    #expect(try await shop.customerctl.run("stats", "rebuild").status == 0)
                    #expect(try await shop.customerctl.run("stats", "rebuild", "--customer", customer).status == 0)
                }
                try await group.waitForAll()
            }
            try await shop.awaitAgreement()
        }
    }

    @Test("customers and orders are shown by their ids, with when they were applied")
    func show() async throws {
        try await Shop.open(on: .shared()) { shop in
            let product = try await shop.addProduct()
            #expect(try await shop.place(product) == 201)
            try await shop.awaitAgreement()
            let (id, placed) = try #require(try await shop.orders().first)
            let order = try await shop.customerctl.run("--json", "order", "show", id).lines()
            #expect(order.first?["customerId"] as? String == placed.customer)
            #expect((order.first?["appliedAt"] as? String)?.hasSuffix("Z") == true)
            let customer = try await shop.customerctl.run("--json", "customer", "show", placed.customer).lines()
            #expect(customer.first?["totalOrders"] as? Int == 1)
            #expect(try await shop.customerctl.run("order", "show", UUID().uuidString).status == 5)
            #expect(try await shop.customerctl.run("order", "show", "x").status == 2)
            #expect(try await shop.customerctl.run("customer", "show", "nobody").status == 5)
        }
    }

    private func kinds(in outcome: CommandLineTool.Outcome) throws -> [String: Int] {
        let rows = try outcome.lines().filter { $0["t"] as? String == "row" }
        return Dictionary(rows.map { ($0["kind"] as? String ?? "", 1) }, uniquingKeysWith: +)
    }
}
