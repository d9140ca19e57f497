import Commerce
import FoundationEssentials

/// What a batch of events says, put together: one entry an order and one a customer, each in the order of its key.
///
/// Every worker locks rows in this order, so that two of them never wait for each other in a circle.
struct ProjectionUpdate: Sendable {
    /// A customer who may have no profile yet, with what an order said of them.
    struct Buyer: Sendable, Hashable {
        let customer: CustomerKey
        var name: String?
        var email: String?
    }

    let orders: [OrderFacts]
    let buyers: [Buyer]

    init(_ events: some Sequence<ReceivedOrderEvent>, receivedAt: Date) {
        var orders: [OrderID: OrderFacts] = [:]
        var buyers: [CustomerKey: Buyer] = [:]
        for event in events {
            let facts = OrderFacts(event, receivedAt: receivedAt)
            orders[event.orderID, default: facts].join(facts)
            var buyer = buyers[event.customer] ?? Buyer(customer: event.customer)
            buyer.name = buyer.name ?? event.name
            buyer.email = buyer.email ?? event.email
            buyers[event.customer] = buyer
        }
        self.orders = orders.values.sorted { $0.orderID < $1.orderID }
        self.buyers = buyers.values.sorted { $0.customer < $1.customer }
    }
}
