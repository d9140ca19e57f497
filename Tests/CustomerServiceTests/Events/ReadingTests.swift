import Commerce
import RabbitMQ
import Testing

@testable import CustomerService

@Suite("A batch of deliveries is read into what can be applied and what never can")
struct ReadingTests {
    private func batch(_ bodies: [String]) -> EventBatch {
        EventBatch(
            reading: bodies.enumerated().map { index, body in
                Delivery(
                    message: Message(exchange: "", routingKey: "order_created", body: Array(body.utf8)),
                    tag: UInt64(index + 1), queue: "order_created", isRedelivered: false)
            }, currency: .usd)
    }

    @Test("of the real messages of NestJS producers, orders are applicable and the rest is refused by its reason")
    func realMessages() throws {
        let messages = try JSON.parse(PackageResources.nestjs_messages_json).value
        guard case .array(let messages) = messages else { throw OrderEventRefusal(.malformed, "no fixtures") }
        let bodies = messages.compactMap { if case .string(let body)? = $0["body"] { body } else { nil } }
        let batch = batch(bodies)
        #expect(batch.events.map(\.event.customer.text) == ["1", "2", "3", "zoë-ünï", "7", "7", "7", "7"])
        #expect(batch.events.map(\.event.total.minorUnits) == [999, 1998, 2997, 0, 150, 150, 150, 150])
        #expect(batch.events.prefix(4).map(\.event.pieces) == [1, 2, 3, 0])
        let reasons = Dictionary(grouping: batch.refused.map(\.reason.name), by: \.self).mapValues(\.count)
        #expect(reasons == ["invalid-data": 4, "unknown-pattern": 6])
    }

    @Test(
        "a message that can never be applied is refused with its reason",
        arguments: [
            ("no json", "malformed-json"),
            (#"{"pattern":"order_shipped","data":{}}"#, "unknown-pattern"),
            (#"{"pattern":"order_created","data":{"orderId":"\#(order)","amount":1}}"#, "invalid-data"),
            (#"{"pattern":"order_created","data":{"customerId":"1","amount":1}}"#, "invalid-data"),
            (
                #"{"pattern":"order_created","data":{"orderId":"\#(order)","customerId":"1","total":"12.345"}}"#,
                "invalid-data"
            ),
            (
                #"{"pattern":"order_created","data":{"id":"\#(order)","customerId":"1","total":1,"currency":"EUR"}}"#,
                "other-currency"
            ),
            (#"{"pad":"\#(String(repeating: "x", count: 1 << 20))"}"#, "too-large"),
        ])
    func refusals(body: String, reason: String) {
        let batch = batch([body])
        #expect(batch.events.isEmpty)
        #expect(batch.refused.map(\.reason.name) == [reason])
    }

    private static let order = "156607ce-f019-448b-a4b1-e7a81aa891dd"

    @Test("a bad message leaves its neighbours applicable")
    func neighbours() {
        let batch = batch([TestOrder().poor, "{", TestOrder().rich()])
        #expect(batch.events.map(\.delivery.tag) == [1, 3])
        #expect(batch.refused.map(\.delivery.tag) == [2])
    }
}
