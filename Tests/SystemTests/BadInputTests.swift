import Commerce
import Foundation
import TestSupport
import Testing

@Suite("Bad input is refused with every fault named, nothing is written, and the daemon goes on")
struct BadInputTests {
    private static let customer = "8f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c"
    private static let product = "01890a5d-ac96-774b-bcce-b302099a8057"

    private static func order(_ item: String) -> String {
        #"{"customerId":"\#(customer)","items":[\#(item)]}"#
    }

    private static func quantity(_ text: String) -> String {
        order(#"{"productId":"\#(product)","quantity":\#(text)}"#)
    }

    /// A body, the status that it gets, and a pointer that its problem names.
    private static let bodies: [(name: String, body: String, status: Int, pointer: String?)] = [
        ("no JSON", "{", 400, nil),
        ("nothing", "", 400, nil),
        ("an array", "[]", 400, ""),
        ("a missing field", "{}", 400, "/customerId"),
        ("an unknown field", #"{"customerId":"\#(customer)","items":[],"colour":1}"#, 400, "/colour"),
        ("quantity 0", quantity("0"), 400, "/items/0/quantity"),
        ("quantity -1", quantity("-1"), 400, "/items/0/quantity"),
        ("quantity 1.5", quantity("1.5"), 400, "/items/0/quantity"),
        ("quantity 1e30", quantity("1e30"), 400, "/items/0/quantity"),
        ("a quantity in quotes", quantity("\"2\""), 400, "/items/0/quantity"),
        ("no items", order(""), 400, "/items"),
        ("1001 items", order(Array(repeating: "1", count: 1_001).joined(separator: ",")), 400, "/items"),
        ("a customer that is no UUID", #"{"customerId":"me","items":[]}"#, 400, "/customerId"),
        ("a NUL", #"{"customerId":"\#(customer)","items":[],"name":"a\u0000"}"#, 400, "/name"),
        ("half a surrogate pair", #"{"customerId":"\#(customer)","items":[],"name":"\ud800"}"#, 400, "/name"),
        ("a name twice", #"{"customerId":"\#(customer)","customerId":"\#(customer)","items":[]}"#, 400, "/customerId"),
        ("a depth bomb", String(repeating: "[", count: 100_000), 400, nil),
        ("2 MiB", #"{"name":"\#(String(repeating: "x", count: 2 << 20))"}"#, 413, nil),
        ("an unknown product", quantity("1"), 422, "/items/0/productId"),
    ]

    @Test("orders that are none")
    func orders() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            for (name, body, status, pointer) in Self.bodies {
                let answer = try await shop.productd.send("POST", "/orders", body)
                #expect(answer.status == status, "\(name): \(answer.body.prefix(300))")
                #expect(answer["content-type"] == "application/problem+json", "\(name)")
                let problem = try JSON.parse(Array(answer.body.utf8)).value
                #expect(problem["statusCode"] == .number("\(status)"))
                guard let pointer, case .array(let pointers)? = problem["pointers"] else { continue }
                #expect(pointers.contains(.string(pointer)), "\(name): \(pointers)")
            }
            #expect(try await shop.products.number("SELECT count(*) FROM orders") == 0)
            #expect(try await shop.products.number("SELECT count(*) FROM idempotency_keys") == 0)
            #expect(try await shop.products.number("SELECT count(*) FROM outbox") == 0)
            let product = try await shop.addProduct()
            let good = try await shop.productd.send(
                "POST", "/orders", Self.order(#"{"productId":"\#(product)","quantity":1}"#))
            #expect(good.status == 201)
        }
    }

    @Test("requests that ask for the wrong thing in the wrong way")
    func requests() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let client = try TestClient(port: shop.productd.port)
            let wrong: [(method: String, path: String, type: String?, status: Int)] = [
                ("GET", "/nowhere", nil, 404), ("DELETE", "/orders", nil, 405), ("GET", "/orders/batch", nil, 405),
                ("POST", "/orders", "text/plain", 415), ("GET", "/orders/me", nil, 400),
                ("GET", "/orders/\(Self.product)", nil, 404), ("GET", "/products/\(Self.product)", nil, 404),
                ("GET", "/orders?limit=0", nil, 400), ("GET", "/orders?page=501&limit=20", nil, 400),
                ("GET", "/orders?cursor=x", nil, 400), ("GET", "/orders?status=LOST", nil, 400),
            ]
            for (method, path, type, status) in wrong {
                let answer = try await client.request(
                    method, path, headers: type.map { ["Content-Type": $0] } ?? [:], body: type == nil ? nil : "{}")
                #expect(answer.status == status, "\(method) \(path): \(answer.body)")
                #expect(answer["content-type"] == "application/problem+json", "\(method) \(path)")
            }
        }
    }

    @Test("an archived product, too little stock and a changed price name their item")
    func refusals() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            let scarce = try await shop.addProduct(price: "10.00", stock: 1)
            let gone = try await shop.addProduct()
            let archived = try await TestClient(port: shop.productd.port).request("DELETE", "/products/\(gone)")
            #expect(archived.status == 204)
            let refusals = [
                (#"{"productId":"\#(gone)","quantity":1}"#, "product-archived", "/items/0/productId"),
                (#"{"productId":"\#(scarce)","quantity":2}"#, "insufficient-stock", "/items/0/quantity"),
                (#"{"productId":"\#(scarce)","quantity":1,"price":9.99}"#, "price-changed", "/items/0/price"),
            ]
            for (item, type, pointer) in refusals {
                let answer = try await shop.productd.send("POST", "/orders", Self.order(item))
                #expect(answer.status == 409, "\(answer.body)")
                let problem = try JSON.parse(Array(answer.body.utf8)).value
                #expect(problem["type"] == .string("urn:tradepost:problem:\(type)"))
                #expect(problem["pointers"] == .array([.string(pointer)]))
                #expect(answer.body.contains(item.contains(gone) ? gone : scarce))
            }
            #expect(try await shop.products.number("SELECT count(*) FROM orders") == 0)
        }
    }
}
