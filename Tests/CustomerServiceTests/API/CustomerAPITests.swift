import Commerce
import Foundation
import TestSupport
import Testing

@testable import CustomerService

@Suite("The HTTP interface of customerd")
struct CustomerAPITests {
    @Test("a customer is created, read, changed, found and erased; their statistics stay")
    func wholeLife() async throws {
        try await Customerd.run { customerd in
            let created = try await customerd.request(
                "POST", "/customers", #"{"name":"Ada Lovelace","email":"Ada@Example.com"}"#)
            #expect(created.status == 201)
            #expect(created["etag"] == "\"1\"")
            let path = try #require(created["location"])
            let id = String(path.dropFirst("/customers/".count))

            let summary = try await customerd.summary(of: id)
            #expect(summary["totalOrders"] == .number("0") && summary["lastOrderDate"] == .null)

            let changed = try await customerd.request(
                "PATCH", path, headers: ["If-Match": "\"1\"", "Content-Type": "application/merge-patch+json"],
                #"{"phone":"+44 20 7946 0000","shippingAddress":{"city":"London"}}"#)
            #expect(changed.status == 200 && changed["etag"] == "\"2\"")
            #expect(try JSON.parse(changed.body)["shippingAddress"]?["city"] == .string("London"))

            for q in ["ada", "ADA%20LOVE", "ada%40example"] {
                let found = try JSON.parse(await customerd.request("GET", "/customers?q=\(q)").body)
                guard case .array(let data)? = found["data"] else { throw TestFailure("no data") }
                #expect(data.map { $0["id"] } == [.string(id)])
            }

            var order = TestOrder()
            order.customer = id
            try await customerd.broker.send(order.rich())
            try await customerd.awaitOrders(1)
            #expect(try await customerd.request("DELETE", path).status == 204)
            #expect(try await customerd.request("DELETE", path).status == 204)
            #expect(try await customerd.request("GET", path).status == 404)
            #expect(try await customerd.request("PATCH", path, "{}").status == 404)
            #expect(try await customerd.request("POST", "/customers", #"{"id":"\#(id)"}"#).status == 409)
            #expect(try await customerd.summary(of: id)["totalSpent"] == .number("24.25"))
            #expect(try await customerd.database.number("SELECT count(*) FROM customers WHERE name IS NOT NULL") == 0)
        }
    }

    @Test("a change meant for another state is refused, and one that changes nothing leaves the tag")
    func preconditions() async throws {
        try await Customerd.run { customerd in
            _ = try await customerd.request("POST", "/customers", #"{"id":"1","name":"Ada"}"#)
            let stale = try await customerd.request("PATCH", "/customers/1", headers: ["If-Match": "\"7\""], "{}")
            #expect(stale.status == 412 && stale["etag"] == "\"1\"")
            let same = try await customerd.request("PATCH", "/customers/1", #"{"name":"Ada"}"#)
            #expect(same.status == 200 && same["etag"] == "\"1\"")
            let erasure = try await customerd.request("DELETE", "/customers/1", headers: ["If-Match": "\"7\""])
            #expect(erasure.status == 412)
        }
    }

    @Test(
        "what cannot be done is answered with the right problem",
        arguments: [
            ("GET", "/customers/nobody", nil, 404), ("GET", "/customers/nobody/orders", nil, 404),
            ("PATCH", "/customers/nobody", "{}", 404), ("DELETE", "/customers/nobody", nil, 404),
            ("PATCH", "/customers/1", #"{"nick":"x"}"#, 400), ("PATCH", "/customers/1", "{", 400),
            ("POST", "/customers", #"{"id":"1"}"#, 409), ("GET", "/customers?limit=201", nil, 400),
            ("GET", "/customers/%ff", nil, 400), ("PUT", "/customers/1", "{}", 405), ("GET", "/customer/1", nil, 404),
        ] as [(String, String, String?, Int)])
    func problems(method: String, path: String, body: String?, status: Int) async throws {
        try await Customerd.run { customerd in
            _ = try await customerd.request("POST", "/customers", #"{"id":"1","name":"Ada"}"#)
            let answer = try await customerd.request(method, path, body)
            #expect(answer.status == status)
            #expect(answer["content-type"] == "application/problem+json")
            #expect(try JSON.parse(answer.body)["statusCode"] == .number("\(status)"))
        }
    }

    @Test("the list's pages, followed by their links, show every customer once, in the order of the ids")
    func pages() async throws {
        try await Customerd.run { customerd in
            let ids = ["1", "10", "2", "a b", "zoë"]
            for id in ids.shuffled() {
                #expect(try await customerd.request("POST", "/customers", #"{"id":"\#(id)"}"#).status == 201)
            }
            var seen: [JSON?] = []
            var next: String? = "/customers?limit=2"
            while let path = next {
                let answer = try await customerd.request("GET", path)
                let page = try JSON.parse(answer.body)
                guard case .array(let data)? = page["data"] else { throw TestFailure("no data") }
                seen += data.map { $0["id"] }
                next = answer["link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
                #expect((page["meta"]?["nextCursor"] == .null) == (next == nil))
            }
            #expect(seen == ids.map { .string($0) })
        }
    }

    @Test("the statistics show the ten newest orders, and the dates of the first and the last")
    func recentOrders() async throws {
        try await Customerd.run { customerd in
            let orders = (10..<25).map { TestOrder(customer: "1", createdAt: "2026-01-\($0)T00:00:00.000Z") }
            try await customerd.broker.send(orders.shuffled().map { $0.rich() })
            try await customerd.awaitOrders(15)
            let summary = try await customerd.summary(of: "1")
            guard case .array(let recent)? = summary["recent"] else { throw TestFailure("no recent orders") }
            #expect(recent.map { $0["id"] } == orders.reversed().prefix(10).map { .string($0.id) })
            #expect(summary["firstOrderDate"] == .string("2026-01-10T00:00:00.000Z"))
            #expect(summary["lastOrderDate"] == .string("2026-01-24T00:00:00.000Z"))
            #expect(summary["averageOrderValue"] == .number("24.25"))
        }
    }
}
