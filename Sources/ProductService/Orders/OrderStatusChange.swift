import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// Moves an order to its next status, in one transaction with all that follows from it.
///
/// A cancellation gives the stock back and leaves an `order_cancelled` event in the outbox.
struct OrderStatusChange: Sendable {
    let id: OrderID
    let status: OrderStatus
    let precondition: EntityTagCondition?
    let requestID: String?
    let traceparent: String?

    enum Outcome: Sendable {
        case changed(StoredOrder)
        case notFound
        /// The order is not, or no longer, the version that the client knows.
        case preconditionFailed
        /// The order can't go from where it is to where it should.
        case illegal(from: OrderStatus)
    }

    func perform(on pool: PostgresPool, currency: Currency) async throws -> Outcome {
        let now = Date.wholeMilliseconds
        return try await pool.transaction { transaction in
            guard let row = try transaction.query(Self.lock, id.uuid).first else { return .notFound }
            var stored = try StoredOrder(row, currency: currency)
            if let precondition, !precondition.matches(EntityTag(version: stored.version)) {
                return .preconditionFailed
            }
            guard stored.order.status.successors.contains(status) else { return .illegal(from: stored.order.status) }
            stored.order.status = status
            stored.order.updatedAt = now
            stored.version += 1
            try transaction.enqueue(Self.update, id.uuid, status.rawValue, now)
            if status == .cancelled { try cancel(stored.order, in: transaction, at: now) }
            return .changed(stored)
        }
    }

    private func cancel(_ order: Order, in transaction: Transaction, at now: Date) throws {
        let pieces = Dictionary(order.items.map { ($0.productID.uuid, Int64($0.quantity)) }, uniquingKeysWith: +)
        let products = Array(pieces)
        try transaction.enqueue(Self.lockProducts, products.map(\.key))
        try transaction.enqueue(Self.returnStock, products.map(\.key), products.map(\.value), now)
        let event = String(decoding: OrderEvent(.cancelled, order).encoded(), as: UTF8.self)
        try transaction.enqueue(
            OrderStatements.insertEvents, [UUIDv7.shared.next(at: now)], [order.id.uuid],
            OrderEvent.Kind.cancelled.rawValue, [event], [requestID], [traceparent], [now])
    }

    private static let lock = Statement(
        """
        SELECT id, customer_id, status, total_minor, version, created_at, updated_at, items, details
        FROM orders WHERE id = $1::uuid FOR NO KEY UPDATE
        """)

    private static let update = Statement(
        "UPDATE orders SET status = $2::text, updated_at = $3::timestamptz, version = version + 1 WHERE id = $1::uuid")

    /// In the order of their ids, as the writer locks them.
    private static let lockProducts = Statement(
        """
        SELECT FROM products WHERE id = ANY($1::uuid[]) AND stock IS NOT NULL ORDER BY id FOR NO KEY UPDATE
        """)

    /// A stock that would pass its type's limit stays there.
    private static let returnStock = Statement(
        """
        UPDATE products
        SET stock = least(stock + quantity, 2147483647)::integer, version = version + 1, updated_at = $3::timestamptz
        FROM unnest($1::uuid[], $2::bigint[]) AS returned (id, quantity)
        WHERE products.id = returned.id AND stock IS NOT NULL
        """)
}
