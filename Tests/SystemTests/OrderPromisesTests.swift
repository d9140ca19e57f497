import Commerce
import Foundation
import TestSupport
import Testing

@Suite("Orders that come at the same time get what is there, once")
struct OrderPromisesTests {
    private let customer = "8f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c"

    private func order(_ product: String, quantity: Int = 1) -> String {
        #"{"customerId":"\#(customer)","items":[{"productId":"\#(product)","quantity":\#(quantity)}]}"#
    }

    /// Sends `count` requests at once, each over a connection of its own.
    private func atOnce(
        _ count: Int, to shop: Shop, headers: [String: String] = [:], _ body: @Sendable @escaping (Int) -> String
    ) async throws -> [TestResponse] {
        try await withThrowingTaskGroup(of: TestResponse.self) { group in
            for number in 0..<count {
                group.addTask { try await shop.productd.send("POST", "/orders", headers: headers, body(number)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("of 200 orders at once for a stock of 50, exactly 50 get a piece")
    func lastItems() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct(stock: 50)
            let answers = try await atOnce(200, to: shop) { _ in order(product) }
            #expect(answers.count { $0.status == 201 } == 50)
            #expect(answers.count { $0.status == 409 } == 150)
            #expect(try await shop.products.number("SELECT stock::bigint FROM products") == 0)
            #expect(try await shop.products.number("SELECT count(*) FROM orders") == 50)
        }
    }

    @Test("the same idempotency key fifty times at once is one order and fifty equal answers")
    func retriedRequest() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct(stock: 50)
            let answers = try await atOnce(50, to: shop, headers: ["Idempotency-Key": "\"k-1\""]) { _ in order(product)
            }
            #expect(Set(answers.map(\.body)).count == 1)
            #expect(answers.allSatisfy { $0.status == 201 })
            #expect(answers.count { $0["idempotent-replayed"] == "true" } == 49)
            #expect(try await shop.products.number("SELECT count(*) FROM orders") == 1)
            #expect(try await shop.products.number("SELECT stock::bigint FROM products") == 49)
            let bare = try await shop.productd.send(
                "POST", "/orders", headers: ["Idempotency-Key": "k-1"], order(product))
            #expect(bare.body == answers[0].body)
            let other = try await shop.productd.send(
                "POST", "/orders", headers: ["Idempotency-Key": "k-1"], order(product, quantity: 2))
            #expect(other.status == 422)
        }
    }

    @Test("the same key at two instances at once is one order")
    func twoInstances() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let second = try shop.productd.twin()
            try await second.startAndAwaitReadiness()
            let product = try await shop.addProduct(stock: 1_000)
            for round in 0..<20 {
                let headers = ["Idempotency-Key": "round-\(round)"]
                async let left = shop.productd.send("POST", "/orders", headers: headers, order(product))
                async let right = second.send("POST", "/orders", headers: headers, order(product))
                let answers = try await [left, right]
                #expect(answers.map(\.status) == [201, 201])
                #expect(answers[0].body == answers[1].body)
            }
            #expect(try await shop.products.number("SELECT count(*) FROM orders") == 20)
            #expect(try await shop.products.number("SELECT stock::bigint FROM products") == 980)
            try await second.stop()
        }
    }

    @Test("a list can be walked to its end by pages and by cursor, newest first, and says how many there are")
    func paging() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct()
            _ = try await atOnce(45, to: shop) { _ in order(product) }
            let byPage = try await (1...3).asyncFlatMap { try await ids(shop, "?limit=20&page=\($0)").ids }
            var byCursor: [String] = []
            var next: String? = ""
            while let cursor = next {
                let page = try await ids(shop, "?limit=20" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
                byCursor += page.ids
                next = page.next
                #expect(page.total == 45)
            }
            #expect(byPage.count == 45)
            #expect(byPage == byCursor)
            #expect(byPage == byPage.sorted().reversed())
            #expect(try await ids(shop, "?customerId=\(customer)&count=true&limit=1").total == 45)
            #expect(try await ids(shop, "?status=SHIPPED").ids.isEmpty)
            #expect(try await ids(shop, "?from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00Z").ids.isEmpty)
        }
    }

    @Test("a change for another version than the client knows is refused")
    func conditionalChange() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let product = try await shop.addProduct(stock: 5)
            let placed = try await shop.productd.send("POST", "/orders", order(product))
            let path = placed["location"] ?? ""
            let stale = try await shop.productd.send(
                "PATCH", path, headers: ["If-Match": "\"7\""], #"{"status":"PROCESSING"}"#)
            #expect(stale.status == 412)
            let current = try await shop.productd.send(
                "PATCH", path, headers: ["If-Match": placed["etag"] ?? ""], #"{"status":"PROCESSING"}"#)
            #expect(current.status == 200)
            #expect(current["etag"] == "\"2\"")
            // The sale has changed the product's stock, so its first tag is stale as well.
            let product2 = try await shop.productd.send(
                "PATCH", "/products/\(product)", headers: ["If-Match": "\"1\""], #"{"price":1}"#)
            #expect(product2.status == 412)
        }
    }

    @Test("both daemons answer on every path of their description, with the methods that it names")
    func openAPI() async throws {
        try await Shop.open(on: try .shared()) { shop in
            for daemon in [shop.productd, shop.customerd] {
                let document = try JSON.parse(Array(try await daemon.get("/openapi.json").body.utf8)).value
                guard case .object(let paths)? = document["paths"] else {
                    Issue.record("\(daemon.name) has no paths")
                    continue
                }
                for path in paths {
                    guard case .object(let operations) = path.value else { continue }
                    let concrete = path.name.replacing(/\{[a-zA-Z]+\}/, with: customer)
                    let answer = try await TestClient(port: daemon.port).request("OPTIONS", concrete)
                    let allowed = Set((answer["allow"] ?? "").split(separator: ", ").map(String.init))
                    let described = Set(operations.map { $0.name.uppercased() }).intersection(Self.methods)
                    #expect(allowed.subtracting(["HEAD", "OPTIONS"]) == described, "\(daemon.name) \(path.name)")
                }
            }
        }
    }

    private static let methods: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    private func ids(_ shop: Shop, _ query: String) async throws -> (ids: [String], total: Int?, next: String?) {
        let answer = try await shop.productd.get("/orders\(query)")
        let page = try JSON.parse(Array(answer.body.utf8)).value
        guard answer.status == 200, case .array(let data)? = page["data"], let meta = page["meta"] else {
            throw TestFailure("no page: \(answer.body)")
        }
        let ids = data.compactMap { order -> String? in
            if case .string(let id)? = order["id"] { id } else { nil }
        }
        var total: Int?
        if case .number(let digits)? = meta["total"] { total = Int(digits) }
        var next: String?
        if case .string(let cursor)? = meta["nextCursor"] { next = cursor }
        return (ids, total, next)
    }
}

extension Sequence {
    fileprivate func asyncFlatMap<Value>(_ transform: (Element) async throws -> [Value]) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values += try await transform(element) }
        return values
    }
}
