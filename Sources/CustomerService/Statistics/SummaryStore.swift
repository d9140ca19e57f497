import Commerce
import FoundationEssentials
import Postgres

/// Reads customers' statistics.
struct SummaryStore: Sendable {
    let pool: PostgresPool
    let currency: Currency

    /// - Returns: `nil` for a customer that nobody has told of.
    func summary(of customer: CustomerKey) async throws -> CustomerSummary? {
        try await pool.withConnection { [currency] connection in
            let rows = try connection.query(Self.read, customer.text, Int64(CustomerSummary.recentCount))
            guard let first = rows.first else { return nil }
            return CustomerSummary(
                customer: customer, totalOrders: try first.get(0),
                totalSpent: Money(minorUnits: try first.get(1), currency: currency),
                cancelledOrders: try first.get(2), firstOrderDate: try first.get(3),
                recent: try rows.compactMap { try CustomerSummary.RecentOrder($0, currency) })
        }
    }

    /// A row for each of the newest orders, or one without an order; all of one snapshot.
    ///
    /// Two looks by primary key and two short reads at the two ends of the customer's stretch of
    /// `customer_orders_recent`: the cost does not grow with the history.
    private static let read: Statement = """
        SELECT coalesce(s.total_orders, 0), coalesce(s.total_spent_minor, 0), coalesce(s.cancelled_orders, 0),
               oldest.ordered_at,
               recent.order_id, recent.total_minor, recent.cancelled_at IS NOT NULL, recent.pieces, recent.ordered_at
        FROM customers c
        LEFT JOIN customer_stats s ON s.customer_id = c.id
        LEFT JOIN LATERAL (
            SELECT o.ordered_at
            FROM customer_orders o
            WHERE o.customer_id = c.id
            ORDER BY o.ordered_at, o.order_id
            LIMIT 1
        ) oldest ON true
        LEFT JOIN LATERAL (
            SELECT o.order_id, o.total_minor, o.cancelled_at, o.pieces, o.ordered_at
            FROM customer_orders o
            WHERE o.customer_id = c.id
            ORDER BY o.ordered_at DESC, o.order_id DESC
            LIMIT $2
        ) recent ON true
        WHERE c.id = $1 COLLATE "C"
        ORDER BY recent.ordered_at DESC, recent.order_id DESC
        """
}

extension CustomerSummary.RecentOrder {
    /// - Returns: `nil` for the row of a customer without orders.
    fileprivate init?(_ row: Row, _ currency: Currency) throws {
        guard let id: UUID = try row.get(4) else { return nil }
        self.init(
            id: OrderID(id), total: Money(minorUnits: try row.get(5), currency: currency),
            isCancelled: try row.get(6), pieces: try row.get(7), orderedAt: try row.get(8))
    }
}
