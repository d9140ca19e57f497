import Commerce
import FoundationEssentials
import Postgres

/// Applies what events say to the projection and the statistics, within one transaction.
///
/// An order that is known already changes the sums only by what is new in it, so an event that comes again changes
/// nothing. Two round trips, three where some of the orders are known.
enum OrderProjection {
    /// What became of an update's orders.
    struct Outcome: Sendable, Hashable {
        /// Orders that were new, or of which something new was learned.
        let changed: Int
        /// Orders of which everything was known.
        let unchanged: Int
    }

    static func apply(_ update: ProjectionUpdate, in transaction: Transaction) throws -> Outcome {
        try transaction.enqueue(
            ProjectionStatements.addBuyers, update.buyers.map(\.customer.text), update.buyers.map(\.name),
            update.buyers.map(\.email))
        let inserted = Set(try insert(update.orders, in: transaction))
        var changes: [CustomerKey: StatisticsChange] = [:]
        var known: [OrderFacts] = []
        for order in update.orders {
            if inserted.contains(order.orderID.uuid) {
                changes[order.customer, default: .none] += .order(
                    totalMinor: order.totalMinor, isCancelled: order.cancelledAt != nil)
            } else {
                known.append(order)
            }
        }
        let merged = known.isEmpty ? [] : try merge(known, in: transaction)
        for (customer, change) in merged { changes[customer, default: .none] += change }
        try add(changes, in: transaction)
        return Outcome(changed: inserted.count + merged.count, unchanged: known.count - merged.count)
    }

    private static func insert(_ orders: [OrderFacts], in transaction: Transaction) throws -> [UUID] {
        try transaction.query(
            ProjectionStatements.insertOrders, orders.map(\.orderID.uuid), orders.map(\.customer.text),
            orders.map(\.totalMinor), orders.map(\.pieces), orders.map(\.orderedAt), orders.map(\.isOrderedAtKnown),
            orders.map(\.cancelledAt)
        ).map { try $0.get(0) }
    }

    private static func merge(
        _ orders: [OrderFacts], in transaction: Transaction
    ) throws -> [(CustomerKey, StatisticsChange)] {
        try transaction.query(
            ProjectionStatements.mergeOrders, orders.map(\.orderID.uuid), orders.map(\.totalMinor),
            orders.map(\.pieces), orders.map(\.orderedAt), orders.map(\.isOrderedAtKnown), orders.map(\.cancelledAt)
        ).map { row in
            let before = StatisticsChange.order(totalMinor: try row.get(1), isCancelled: try row.get(2))
            let now = StatisticsChange.order(totalMinor: try row.get(3), isCancelled: try row.get(4))
            return (try row.customerKey(0), now - before)
        }
    }

    private static func add(_ changes: [CustomerKey: StatisticsChange], in transaction: Transaction) throws {
        let changes = changes.filter { $0.value != .none }.sorted { $0.key < $1.key }
        guard !changes.isEmpty else { return }
        try transaction.enqueue(
            ProjectionStatements.addToStatistics, changes.map(\.key.text), changes.map(\.value.orders),
            changes.map(\.value.spentMinor), changes.map(\.value.cancelled))
    }
}
