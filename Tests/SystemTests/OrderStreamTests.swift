import Commerce
import Glibc
import Postgres
import TestSupport
import Testing

@Suite("A stream of orders is answered while it comes in, and one bad order fails no other")
struct OrderStreamTests {
    private let customer = "8f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c"
    private let other = "9f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c"

    private func order(_ product: String, of customer: String? = nil) -> String {
        #"{"customerId":"\#(customer ?? self.customer)","items":[{"productId":"\#(product)","quantity":1}]}"#
    }

    /// Sends all of a stream, and reads the outcomes.
    private func post(
        _ lines: [String], headers: [String: String] = [:], to shop: Shop
    ) async throws -> [JSON] {
        let answer = try await TestClient(port: shop.productd.port).request(
            "POST", "/orders/batch", headers: headers.merging(["Content-Type": "application/x-ndjson"]) { $1 },
            body: lines.joined(separator: "\n"))
        return try answer.body.split(separator: "\n").map { try JSON.parse(Array($0.utf8)).value }
    }

    /// Begins a stream, and sends and awaits orders one by one.
    private func converse(_ orders: [String], with shop: Shop) async throws -> TestClient {
        let client = try TestClient(port: shop.productd.port)
        try await client.beginRequest("POST", "/orders/batch", headers: ["Content-Type": "application/x-ndjson"])
        for (index, order) in orders.enumerated() {
            try await client.sendChunk(order + "\n")
            if index == 0 { #expect(try await client.responseHead().status == 200) }
            let outcome = try JSON.parse(Array(try await client.receiveChunk().utf8)).value
            #expect(outcome["line"] == .number("\(index + 1)"))
            #expect(outcome["status"] == .number("201"))
        }
        return client
    }

    @Test("who sends one order and waits for its outcome gets it, and goes on with the next")
    func conversation() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            let client = try await converse(Array(repeating: order(product), count: 3), with: shop)
            try await client.sendChunk("")
            #expect(try await client.receiveChunk() == "")
        }
    }

    @Test("sent again with other blank lines, a stream makes no order twice, and each outcome names its line")
    func blankLines() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            let (first, second) = (order(product), order(product, of: other))
            let key = ["Idempotency-Key": "stream"]
            let once = try await post([first, "", second], headers: key, to: shop)
            #expect(once.map { $0["line"] } == [.number("1"), .number("3")])
            let again = try await post([first, second], headers: key, to: shop)
            #expect(again.map { $0["line"] } == [.number("1"), .number("2")])
            #expect(again.allSatisfy { $0["replayed"] == .bool(true) })
            #expect(try await shop.orders().count == 2)
        }
    }

    @Test("a stream that its client keeps open does not keep the daemon from stopping, and is broken off")
    func shutdown() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            let client = try await converse([order(product)], with: shop)
            shop.productd.signal(SIGTERM)
            try await eventually("productd has stopped", within: .seconds(15)) { !shop.productd.isRunning }
            await #expect(throws: TestFailure.self) { try await client.receiveChunk() }
            #expect(try await shop.orders().count == 1)
        }
    }

    @Test("the outcomes of thousands of lines, good and bad, are those of their lines")
    func outcomesOfTheirLines() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            let lines = (1...3_000).map { number in
                number % 97 == 0 ? "[]" : String(order(product).dropLast()) + #","shippingMethod":"\#(number)"}"#
            }
            let outcomes = try await post(lines, to: shop)
            #expect(outcomes.count == 3_000)
            for (number, outcome) in zip(1..., outcomes) {
                #expect(outcome["line"] == .number("\(number)"))
                #expect(outcome["order"]?["shippingMethod"] == (number % 97 == 0 ? nil : .string("\(number)")))
            }
        }
    }

    @Test("an order that the database refuses is answered 500 in its place, and all others are taken")
    func refusedByDatabase() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            try await shop.products.use { connection in
                try connection.execute(script: "ALTER TABLE orders ADD CHECK (customer_id <> '\(other)')")
            }
            let lines = (0..<100).map { order(product, of: $0 == 37 ? other : customer) }
            let outcomes = try await post(lines, to: shop)
            #expect(outcomes.count == 100)
            for (index, outcome) in outcomes.enumerated() {
                #expect(outcome["status"] == .number(index == 37 ? "500" : "201"), "line \(index + 1)")
            }
            #expect(try await shop.orders().count == 99)
        }
    }

    @Test("a stream that is sent twice at the same time, with a key, makes each order once")
    func twice() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            let lines = Array(repeating: order(product), count: 2_000)
            async let one = post(lines, headers: ["Idempotency-Key": "k"], to: shop)
            async let two = post(lines, headers: ["Idempotency-Key": "k"], to: shop)
            let (first, second) = try await (one, two)
            #expect(first.count == 2_000)
            #expect(second.count == 2_000)
            for (first, second) in zip(first, second) {
                #expect(first["status"] == .number("201"))
                #expect(first["order"]?["id"] == second["order"]?["id"])
            }
            #expect(try await shop.orders().count == 2_000)
        }
    }
}
