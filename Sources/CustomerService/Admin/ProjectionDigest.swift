import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// customerd's side of the comparison.
struct ProjectionDigest: Sendable {
    let pool: PostgresPool

    func digest(of range: OrderRange) async throws -> OrderDigest {
        try await pool.withConnection { connection in
            try OrderDigest(connection.query(Self.digest, range.lowest, range.highest, deadline: .seconds(60)))
        }
    }

    func orders(in range: OrderRange, limit: Int) async throws -> [UUID: ComparedOrder] {
        try await pool.withConnection { connection in
            let rows = try connection.query(
                Self.list, range.lowest, range.highest, Int64(limit), deadline: .seconds(60))
            return try Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    let (id, customer, total, isCancelled) = try row.decode(
                        UUID.self, String.self, Int64.self, Bool.self)
                    return (id, ComparedOrder(customer: customer, totalMinor: total, isCancelled: isCancelled))
                })
        }
    }

    private static let digest = Statement(
        OrderDigest.query(
            of: """
                SELECT order_id AS id, customer_id, total_minor, cancelled_at IS NOT NULL AS is_cancelled
                FROM customer_orders WHERE order_id >= $1::uuid AND order_id <= $2::uuid
                """))

    private static let list: Statement = """
        SELECT order_id, customer_id, total_minor, cancelled_at IS NOT NULL
        FROM customer_orders WHERE order_id >= $1::uuid AND order_id <= $2::uuid
        ORDER BY order_id LIMIT $3::bigint
        """
}
