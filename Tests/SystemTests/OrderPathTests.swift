import Commerce
import Foundation
import Postgres
import RabbitMQ
import TestSupport
import Testing
import Threads

@Suite("An order that was accepted reaches the customer's statistics")
struct OrderPathTests {
    private let customer = "8f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c"

    private func order(_ product: String, quantity: Int = 1, more: String = "") -> String {
        #"{"customerId":"\#(customer)","items":[{"productId":"\#(product)","quantity":\#(quantity)}]\#(more)}"#
    }

    @Test("an order posted over HTTP is counted, with the customer's name from the order")
    func orderIsCounted() async throws {
        try await Shop.open(on: try .shared()) { shop in
            let product = try await shop.addProduct(price: "599.99")
            let answer = try await shop.productd.send(
                "POST", "/orders", order(product, quantity: 2, more: #","name":"Ann","email":"ann@example.com""#))
            #expect(answer.status == 201)
            let id = try JSON.parse(Array(answer.body.utf8)).value["id"]
            try await eventually("the order is counted") {
                try await shop.customerd.get("/customers/\(customer)/orders").status == 200
            }
            let statistics = try JSON.parse(
                Array(try await shop.customerd.get("/customers/\(customer)/orders").body.utf8)
            ).value
            #expect(statistics["totalOrders"] == .number("1"))
            #expect(statistics["totalSpent"] == .number("1199.98"))
            #expect(statistics["averageOrderValue"] == .number("1199.98"))
            guard case .array(let recent)? = statistics["recent"] else {
                Issue.record("no recent orders")
                return
            }
            #expect(recent.first?["id"] == id)
            let profile = try await shop.customerd.get("/customers/\(customer)")
            #expect(try JSON.parse(Array(profile.body.utf8)).value["name"] == .string("Ann"))
        }
    }

    @Test("a cancelled order's stock comes back, and it is no longer counted")
    func cancellation() async throws {
        try await Shop.open(on: try .shared()) { shop in
            let product = try await shop.addProduct(price: "10", stock: 5)
            let answer = try await shop.productd.send("POST", "/orders", order(product, quantity: 3))
            let id = answer["location"].map { String($0.dropFirst("/orders/".count)) } ?? ""
            let cancelled = try await shop.productd.send("PATCH", "/orders/\(id)", #"{"status":"CANCELLED"}"#)
            #expect(cancelled.status == 200)
            let again = try await shop.productd.send("PATCH", "/orders/\(id)", #"{"status":"PROCESSING"}"#)
            #expect(again.status == 409)
            #expect(try await shop.products.number("SELECT stock::bigint FROM products") == 5)
            try await eventually("the cancellation is counted") {
                let answer = try await shop.customerd.get("/customers/\(customer)/orders")
                guard answer.status == 200 else { return false }
                let statistics = try JSON.parse(Array(answer.body.utf8)).value
                return statistics["cancelledOrders"] == .number("1") && statistics["totalOrders"] == .number("0")
                    && statistics["totalSpent"] == .number("0.00")
            }
        }
    }

    @Test("a thousand orders in one stream are answered in order, bad ones in their place, and all good ones counted")
    func stream() async throws {
        try await Shop.open(on: try .shared()) { shop in
            let product = try await shop.addProduct()
            let lines = (0..<1_000).map { $0 % 100 == 7 ? #"{"items":[]}"# : order(product) }
            let answer = try await TestClient(port: shop.productd.port).request(
                "POST", "/orders/batch",
                headers: ["Content-Type": "application/x-ndjson", "Connection": "close"],
                body: lines.joined(separator: "\n"))
            #expect(answer.status == 200)
            let outcomes = try answer.body.split(separator: "\n").map { try JSON.parse(Array($0.utf8)).value }
            #expect(outcomes.count == 1_000)
            for (index, outcome) in outcomes.enumerated() {
                #expect(outcome["line"] == .number("\(index + 1)"))
                #expect(outcome["status"] == .number(index % 100 == 7 ? "400" : "201"))
            }
            try await shop.awaitAgreement()
            #expect(try await shop.orders().count == 990)
        }
    }

    @Test("with a single writer, an order is answered 503 while the database is away, and taken when it is back")
    func singleWriter() async throws {
        try await Shop.open(on: try .shared(), settings: ["ORDER_WRITERS": "1"], running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            let database = shop.products.name
            try await shop.products.useServer { server in
                try server.execute(
                    script: """
                        ALTER DATABASE \(database) ALLOW_CONNECTIONS false;
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database)'
                        """)
            }
            for _ in 0..<3 {
                #expect(try await shop.productd.send("POST", "/orders", order(product)).status == 503)
            }
            try await shop.products.useServer {
                try $0.execute(script: "ALTER DATABASE \(database) ALLOW_CONNECTIONS true")
            }
            try await eventually("an order is taken") {
                try await shop.productd.send("POST", "/orders", order(product)).status == 201
            }
        }
    }

    @Test("a bad message is parked with its reason, and the next good one is counted")
    func badMessages() async throws {
        try await Shop.open(on: try .shared()) { shop in
            let data = #""customerId":"c-1","total":5"#
            let bodies = [
                "no json": "malformed-json",
                #"{"pattern":"order_paid","data":{}}"#: "unknown-pattern",
                #"{"pattern":"order_created","data":{"id":"\#(UUID().uuidString)","total":5}}"#: "invalid-data",
                #"{"pattern":"order_created","data":{"id":"\#(UUID().uuidString)","customerId":"c","total":"12.345"}}"#:
                    "invalid-data",
                #"{"pattern":"order_created","data":{"note":"\#(String(repeating: "x", count: 1 << 20))"}}"#:
                    "too-large",
            ]
            let good = #"{"pattern":"order_created","data":{"id":"\#(UUID().uuidString)",\#(data)}}"#
            let broker = try BrokerDesk(shop)
            try await broker.publish(bodies.keys + [good], to: "order_created")
            try await eventually("the good message is counted") {
                try await shop.customerd.get("/customers/c-1/orders").status == 200
            }
            let parked = try await broker.take(bodies.count, from: "order_created.parked")
            let reasons = parked.map { message -> String? in
                guard case .string(let reason)? = message.headers["tradepost-reason"] else { return nil }
                return reason
            }
            #expect(reasons.compactMap(\.self).sorted() == bodies.values.sorted())
            for message in parked {
                #expect(bodies.keys.contains(String(decoding: message.body, as: UTF8.self)))
            }
        }
    }

    @Test("fifty thousand events of new customers, taken by several workers, are all counted")
    func newCustomers() async throws {
        try await Shop.open(on: try .shared(), settings: ["CONSUMER_WORKERS": "4"]) { shop in
            let broker = try BrokerDesk(shop)
            let events = (0..<50_000).map { number in
                #"{"pattern":"order_created","data":{"orderId":"\#(UUID().uuidString)","#
                    + #""customerId":"new-\#(number % 25_000)","amount":"1.50"}}"#
            }
            try await broker.publish(events, to: "order_created")
            try await eventually("all are counted", within: .seconds(120)) {
                try await shop.customers.number("SELECT coalesce(sum(total_orders), 0)::bigint FROM customer_stats")
                    == 50_000
            }
            #expect(try await shop.customers.number("SELECT count(*) FROM customers") == 25_000)
        }
    }
}

/// Publishes to, and takes from, a shop's queues by hand.
actor BrokerDesk {
    private let executor: ThreadExecutor
    private let options: BrokerOptions

    init(_ shop: Shop) throws {
        executor = try ThreadExecutor(name: "broker-desk")
        options = try BrokerOptions(
            url: "\(shop.servers["TRADEPOST_TEST_RABBITMQ"])/\(shop.virtualHost)", connectionName: "test")
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// As a NestJS producer does it: to the default exchange, nothing but a body.
    func publish(_ bodies: [String], to queue: String) throws {
        let publisher = Publisher(
            options, topology: Topology(), interrupt: try Interrupt(), logger: quietLogger)
        try publisher.connect()
        defer { publisher.close() }
        let messages = bodies.map {
            Message(exchange: "", routingKey: queue, body: Array($0.utf8), isPersistent: false, isMandatory: true)
        }
        let outcomes = publisher.publish(messages, deadline: .seconds(60))
        guard outcomes.allSatisfy({ $0 == .confirmed }) else { throw TestFailure("not all messages were confirmed") }
    }

    /// Waits for so many messages and takes them out.
    func take(_ count: Int, from queue: String) throws -> [Message] {
        let consumer = Consumer(
            options, topology: Topology(), queues: [queue], prefetch: 100, interrupt: try Interrupt(),
            logger: quietLogger)
        try consumer.connect()
        defer { consumer.close() }
        var taken: [Message] = []
        while taken.count < count {
            let batch = try consumer.nextBatch(most: count - taken.count, wait: .seconds(60))
            guard !batch.isEmpty else { throw TestFailure("\(queue) had only \(taken.count) of \(count) messages") }
            taken += batch.map(\.message)
            try consumer.acknowledge(batch)
        }
        return taken
    }
}
