import Commerce
import Foundation
import Testing

@Suite("An order event is what a NestJS consumer reads")
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
        let data = try #require(envelope["data"] as? [String: Any])
        #expect(data["orderId"] as? String == data["id"] as? String)
        #expect(data["amount"] as? Double == 1_199.98 && data["total"] as? Double == 1_199.98)
        #expect(data["version"] as? Int == 1)
    }

    @Test("an order that says everything has all of its members, and a bare one only what every order has")
    func members() throws {
        func members(_ details: OrderDetails) throws -> [String] {
            let small = try order()
            let order = Order(
                id: small.id, customerID: small.customerID, items: [], total: small.total, status: .cancelled,
                createdAt: small.createdAt, updatedAt: small.updatedAt, details: details)
            let data = try JSON.parse(OrderEvent(.cancelled, order).encoded()).value["data"]
            guard case .object(let members)? = data else { return [] }
            return members.map(\.name)
        }
        let always = ["id", "customerId", "items", "total", "currency", "status", "createdAt", "updatedAt"]
        let event = ["orderId", "amount", "version"]
        #expect(try members(OrderDetails()) == always + event)
        let all = OrderDetails(
            name: "a", email: "b", shippingAddress: ShippingAddress(city: "c"), shippingMethod: "d", paymentMethod: "e",
            externalID: "f")
        let details = ["name", "email", "shippingAddress", "shippingMethod", "paymentMethod", "externalId"]
        #expect(try members(all) == always + details + event)
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
        // Quotation marks and line ends take two bytes each in JSON; what takes six is no part of a name.
        let long = String(repeating: "\"", count: 255)
        let item = LineItem(
            productID: small.items[0].productID, name: long, quantity: LineItem.maximumQuantity,
            price: Money(minorUnits: Money.maximumMinorUnits, currency: .usd))
        let address = ShippingAddress(
            fullName: long, address: String(repeating: "\n", count: 1_000), city: long, state: long, zipCode: long,
            country: long)
        let large = Order(
            id: small.id, customerID: small.customerID, items: Array(repeating: item, count: LineItem.maximumCount),
            total: small.total, status: .created, createdAt: small.createdAt, updatedAt: small.updatedAt,
            details: OrderDetails(
                name: long, email: long, shippingAddress: address, shippingMethod: long,
                paymentMethod: long, externalID: long))
        let body = OrderEvent(.created, large).encoded()
        #expect(body.count < ReceivedOrderEvent.maximumBytes)
        #expect(throws: Never.self) { try ReceivedOrderEvent(decoding: body, currency: .usd) }
    }
}
