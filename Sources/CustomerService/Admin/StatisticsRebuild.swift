import Commerce
import FoundationEssentials
import Postgres

/// Checks customers' sums against the orders that customerd knows, and computes them anew.
///
/// It goes through the customers in the order of their ids, some at a time. A sum that is computed anew is locked first:
/// an event that is being applied has either changed it, and its order is seen, or waits, and then adds to the new sum.
/// Readers see the old sum or the new one, never anything in between.
struct StatisticsRebuild: Sendable {
    let pool: PostgresPool

    /// Customers that one transaction takes.
    static let chunk = 1_000

    /// A customer's sums.
    struct Sums: Sendable, Hashable {
        let orders: Int64
        let spentMinor: Int64
        let cancelled: Int64
    }

    /// A customer whose sums are not those of their orders.
    struct Difference: Sendable, Hashable {
        let customer: String
        let kept: Sums
        let computed: Sums
    }

    /// - Returns: The next customers' ids; empty after the last.
    func customers(after last: String?) async throws -> [String] {
        try await pool.withConnection { connection in
            try connection.query(Self.next, last ?? "", Int64(Self.chunk)).map { try $0.get(0) }
        }
    }

    func count() async throws -> Int {
        try await pool.withConnection { connection in
            Int(try connection.query(Self.estimate).only().get(0, as: Int64.self))
        }
    }

    /// Which of these customers' sums are wrong, as of one moment.
    func differences(among customers: [String]) async throws -> [Difference] {
        try await pool.withConnection { connection in
            try connection.query(Self.compare, customers).map { row in
                let values = try row.decode(
                    String.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self, Int64.self)
                return Difference(
                    customer: values.0, kept: Sums(orders: values.1, spentMinor: values.2, cancelled: values.3),
                    computed: Sums(orders: values.4, spentMinor: values.5, cancelled: values.6))
            }
        }
    }

    /// Computes these customers' sums anew.
    ///
    /// - Returns: How many were wrong.
    func rebuild(_ customers: [String]) async throws -> Int {
        try await pool.transaction { transaction in
            try transaction.enqueue(Self.fill, customers)
            try transaction.enqueue(Self.lock, customers)
            // A statement of its own, so that it sees what was committed while the locks were waited for.
            return try transaction.query(Self.update, customers).count
        }
    }

    private static let next: Statement = """
        SELECT id FROM customers WHERE id > $1 COLLATE "C" ORDER BY id LIMIT $2::bigint
        """

    private static let estimate: Statement = """
        SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'customers'::regclass
        """

    private static let computed = """
        SELECT asked.id,
               count(o.order_id) FILTER (WHERE o.cancelled_at IS NULL) AS orders,
               coalesce(sum(o.total_minor) FILTER (WHERE o.cancelled_at IS NULL), 0)::bigint AS spent,
               count(o.order_id) FILTER (WHERE o.cancelled_at IS NOT NULL) AS cancelled
        FROM unnest($1::text[]) AS asked (id)
        LEFT JOIN customer_orders o ON o.customer_id = asked.id COLLATE "C"
        GROUP BY asked.id
        """

    private static let compare = Statement(
        """
        SELECT c.id, coalesce(s.total_orders, 0), coalesce(s.total_spent_minor, 0), coalesce(s.cancelled_orders, 0),
               c.orders, c.spent, c.cancelled
        FROM (\(computed)) c
        LEFT JOIN customer_stats s ON s.customer_id = c.id COLLATE "C"
        WHERE (coalesce(s.total_orders, 0), coalesce(s.total_spent_minor, 0), coalesce(s.cancelled_orders, 0))
              IS DISTINCT FROM (c.orders, c.spent, c.cancelled)
        ORDER BY c.id COLLATE "C"
        """)

    private static let fill: Statement = """
        INSERT INTO customer_stats (customer_id, total_orders, total_spent_minor, cancelled_orders)
        SELECT asked.id, 0, 0, 0
        FROM unnest($1::text[]) AS asked (id)
        WHERE EXISTS (SELECT FROM customer_orders o WHERE o.customer_id = asked.id COLLATE "C")
        ORDER BY asked.id COLLATE "C"
        ON CONFLICT (customer_id) DO NOTHING
        """

    /// In the order of their ids, as the projection locks them.
    private static let lock: Statement = """
        SELECT FROM customer_stats WHERE customer_id = ANY ($1::text[]) ORDER BY customer_id FOR NO KEY UPDATE
        """

    private static let update = Statement(
        """
        UPDATE customer_stats s
        SET total_orders = c.orders, total_spent_minor = c.spent, cancelled_orders = c.cancelled
        FROM (\(computed)) c
        WHERE s.customer_id = c.id COLLATE "C"
          AND (s.total_orders, s.total_spent_minor, s.cancelled_orders)
              IS DISTINCT FROM (c.orders, c.spent, c.cancelled)
        RETURNING s.customer_id
        """)
}
