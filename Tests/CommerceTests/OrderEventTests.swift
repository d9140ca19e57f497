import Commerce
import Foundation
import Testing

@Suite("An order event is what a NestJS consumer reads, and every event of a NestJS producer is read")
struct OrderEventTests {
    private static let orderID = "01890a5d-ac96-774b-bcce-b302099a8057"
    private static let customerID = "8f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c"

    private func order() throws -> Order {
        let usd = Currency.usd
        let time = Date(timeIntervalSince1970: 1_795_432_210.513)
        let product = try #require(ProductID("7f9c24e8-3b12-4fef-91e0-aa0000000001"))
        return Order(
            id: try #require(OrderID(Self.orderID)), customerID: try #require(CustomerID(Self.customerID)),
            items: [
                LineItem(
                    productID: product, name: "Desk \"lamp\"", quantity: 2,
                    price: Money(minorUnits: 59_999, currency: usd))
            ],
            total: Money(minorUnits: 119_998, currency: usd), status: .created, createdAt: time, updatedAt: time,
            details: OrderDetails(name: "Zoë", email: "zoe@example.com"))
    }

    private func decode(_ body: String) throws(OrderEventRefusal) -> ReceivedOrderEvent {
        try ReceivedOrderEvent(decoding: Array(body.utf8), currency: .usd)
    }

    @Test("the body is the envelope with pattern and data, byte for byte, and no id at its top")
    func wireForm() throws {
        let body = String(decoding: OrderEvent(.created, try order()).encoded(), as: UTF8.self)
        #expect(
            body == """
                {"pattern":"order_created","data":{"id":"\(Self.orderID)","customerId":"\(Self.customerID)",\
                "items":[{"productId":"7f9c24e8-3b12-4fef-91e0-aa0000000001","name":"Desk \\"lamp\\"","quantity":2,\
                "price":599.99}],"total":1199.98,"currency":"USD","status":"CREATED",\
                "createdAt":"2026-11-23T11:10:10.513Z","updatedAt":"2026-11-23T11:10:10.513Z","name":"Zoë",\
                "email":"zoe@example.com","orderId":"\(Self.orderID)","amount":1199.98,"version":1}}
                """)
        let envelope = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(envelope.keys.sorted() == ["data", "pattern"])
    }

    @Test("our own event is read as it was meant", arguments: OrderEvent.Kind.allCases)
    func ownEvent(kind: OrderEvent.Kind) throws {
        let order = try order()
        let event = try ReceivedOrderEvent(decoding: OrderEvent(kind, order).encoded(), currency: .usd)
        #expect(event.kind == kind)
        #expect(event.orderID == order.id)
        #expect(event.customer.text == Self.customerID)
        #expect(event.total == order.total)
        #expect(event.createdAt == order.createdAt)
        #expect(event.pieces == 2)
        #expect([event.name, event.email] == ["Zoë", "zoe@example.com"])
    }

    @Test("the largest order that can be placed makes an event that can be read")
    func largestOrder() throws {
        let small = try order()
        let long = String(repeating: "n", count: 255)
        let item = LineItem(
            productID: small.items[0].productID, name: long, quantity: LineItem.maximumQuantity,
            price: Money(minorUnits: Money.maximumMinorUnits, currency: .usd))
        let address = ShippingAddress(
            fullName: long, address: String(repeating: "a", count: 1_000), city: long, state: long, zipCode: long,
            country: long)
        let large = Order(
            id: small.id, customerID: small.customerID, items: Array(repeating: item, count: LineItem.maximumCount),
            total: small.total, status: .created, createdAt: small.createdAt, updatedAt: small.updatedAt,
            details: OrderDetails(name: long, email: long, shippingAddress: address, shippingMethod: long))
        let body = OrderEvent(.created, large).encoded()
        #expect(body.count < ReceivedOrderEvent.maximumBytes)
        #expect(throws: Never.self) { try ReceivedOrderEvent(decoding: body, currency: .usd) }
    }

    /// What customerd makes of a body: the customer and the total, or the reason why it is parked.
    private func verdict(_ body: String) -> String {
        do {
            let event = try decode(body)
            return "\(event.customer) \(event.total)"
        } catch {
            return error.reason.rawValue
        }
    }

    @Test("each message that was captured from real NestJS services has its verdict")
    func captured() throws {
        struct Captured: Decodable {
            let source: String
            let body: String
        }
        let url = try #require(
            Bundle.module.url(forResource: "nestjs-messages", withExtension: "json", subdirectory: "Fixtures"))
        let messages = try JSONDecoder().decode([Captured].self, from: Data(contentsOf: url))
        #expect(
            messages.map { verdict($0.body) } == [
                "1 9.99", "2 19.98", "3 29.97", "zoë-ünï 0.00", "7 1.50", "unknown-pattern", "invalid-data",
                "invalid-data", "invalid-data", "invalid-data", "unknown-pattern", "unknown-pattern", "unknown-pattern",
                "unknown-pattern",
            ])
    }

    @Test(
        "both shapes of the NestJS producers are read, and what is wrong is refused by its reason",
        arguments: [
            (#"{"orderId":"ID","customerId":"c","amount":24.25}"#, "c 24.25"),
            (#"{"id":"ID","customerId":"c","total":"24.25","items":[],"createdAt":null}"#, "c 24.25"),
            (#"{"id":"ID","customerId":42,"total":0.30000000000000004}"#, "42 0.30"),
            (#"{"id":"ID","customerId":"C9B1","total":1,"name":7,"email":""}"#, "C9B1 1.00"),
            (#"{"id":"ID","customerId":"c","total":"12.345"}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":12.345}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":-1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c"}"#, "invalid-data"),
            (#"{"id":"ID","total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"","total":1}"#, "invalid-data"),
            (#"{"customerId":"c","total":1}"#, "invalid-data"),
            (#"{"id":"7","customerId":"c","total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":1,"createdAt":"yesterday"}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","customerId":"d","total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":1,"currency":"EUR"}"#, "other-currency"),
        ])
    func shapes(data: String, expected: String) {
        let body = #"{"pattern":"order_created","data":"# + data.replacing("\"ID\"", with: "\"\(Self.orderID)\"") + "}"
        #expect(verdict(body) == expected)
    }

    @Test("a body that is no JSON, or too large, is refused as such")
    func unreadable() {
        #expect(verdict("no json") == "malformed-json")
        #expect(verdict("") == "malformed-json")
        #expect(verdict("[]") == "unknown-pattern")
        #expect(verdict(#"{"pattern":"order_created"}"#) == "invalid-data")
        #expect(verdict(String(repeating: " ", count: 1 << 20)) == "too-large")
    }

    @Test("a refusal names places and never values")
    func refusalIsDiscreet() {
        #expect {
            try decode(#"{"pattern":"order_created","data":{"id":"x","customerId":"secret\u0001","total":"password"}}"#)
        } throws: { error in
            let text = "\(error)"
            return text.contains("data.id") && !text.contains("secret") && !text.contains("password")
        }
    }

    @Test("a UUID is one customer in either case")
    func customerKey() {
        #expect(CustomerKey(Self.customerID.uppercased()) == CustomerKey(Self.customerID))
        #expect(CustomerKey("ABC") != CustomerKey("abc"))
        #expect(CustomerKey(String(repeating: "x", count: 256)) == nil)
    }
}
