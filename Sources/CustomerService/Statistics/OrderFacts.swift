import Commerce
import FoundationEssentials

/// What is known of one order: a row of the projection `customer_orders`.
///
/// Several events may tell of one order: its creation and its cancellation, the poor and the rich message of a NestJS
/// producer, each of them more than once, in any order. Joining two of them keeps every fact that either states; where
/// both state one and disagree, the greater amount and number and the earlier time stand. So joining is commutative,
/// associative and idempotent, and the result depends only on which events came, never on when or how often.
struct OrderFacts: Sendable, Hashable {
    let orderID: OrderID
    /// Of an order that two customers are said to have placed, the first one named stays.
    let customer: CustomerKey
    var totalMinor: Int64
    /// `nil` while no event has said how many.
    var pieces: Int64?
    /// When the order was placed, or when we first heard of it while no event has said.
    var orderedAt: Date
    var isOrderedAtKnown: Bool
    /// When we heard of the cancellation.
    var cancelledAt: Date?

    /// - Parameter receivedAt: Stands in for the times that the event does not name.
    init(_ event: ReceivedOrderEvent, receivedAt: Date) {
        orderID = event.orderID
        customer = event.customer
        totalMinor = event.total.minorUnits
        pieces = event.pieces.map(Int64.init)
        orderedAt = event.createdAt ?? receivedAt
        isOrderedAtKnown = event.createdAt != nil
        cancelledAt = event.kind == .cancelled ? receivedAt : nil
    }

    /// Takes over what another event says of the same order. `ProjectionStatements.merge` does the same in SQL.
    mutating func join(_ other: OrderFacts) {
        totalMinor = max(totalMinor, other.totalMinor)
        pieces = [pieces, other.pieces].compactMap(\.self).max()
        if isOrderedAtKnown == other.isOrderedAtKnown {
            orderedAt = min(orderedAt, other.orderedAt)
        } else if other.isOrderedAtKnown {
            orderedAt = other.orderedAt
        }
        isOrderedAtKnown = isOrderedAtKnown || other.isOrderedAtKnown
        cancelledAt = [cancelledAt, other.cancelledAt].compactMap(\.self).min()
    }
}
