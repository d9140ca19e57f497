import Commerce
import Testing

@Suite("An order goes its way step by step")
struct OrderStatusTests {
    @Test(
        "from each status the next ones can be reached, and no others",
        arguments: [
            (.created, [.processing, .cancelled]), (.processing, [.shipped, .cancelled]), (.shipped, [.delivered]),
            (.delivered, []), (.cancelled, []),
        ] as [(OrderStatus, [OrderStatus])])
    func successors(status: OrderStatus, next: [OrderStatus]) {
        #expect(status.successors == next)
    }

    @Test("a status is told in capitals")
    func names() {
        #expect(
            OrderStatus.allCases.map(\.rawValue) == ["CREATED", "PROCESSING", "SHIPPED", "DELIVERED", "CANCELLED"])
        #expect(OrderStatus(rawValue: "created") == nil)
    }
}
