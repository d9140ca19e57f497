import AdminChannel
import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// Publishes events of orders again, for consumers that have lost them or are new.
///
/// The events are made anew from the orders and go the way of all events: into the outbox, and from there to RabbitMQ. Who
/// has applied them already finds that by the order's id (`docs/events.md`).
struct ReplayCommand: Sendable {
    let pool: PostgresPool
    let outbox: OutboxWatch
    let currency: Currency
    /// Wakes the relay.
    let filled: @Sendable () -> Void

    /// Orders that one transaction takes.
    private static let chunk = 500

    var command: AdminCommand {
        AdminCommand(
            "orders replay", role: .operator, "Publish the events of orders again.",
            [
                .option("from", "Orders made from this time on (RFC 3339).", as: "TIME"),
                .option("to", "Orders made before this time.", as: "TIME"),
                .option("customer", "Only those of this customer.", as: "ID"),
                .option("ids", "These orders instead, with commas between them.", as: "ID,…"),
            ],
            examples: [
                "orders replay --from 2026-11-23T00:00:00Z --to 2026-11-24T00:00:00Z",
                "orders replay --ids 019ab2c4-7d1e-7c3a-8f00-3b1f6a2d9c55",
            ], isMutation: true
        ) { call, reply in
            let selection = try selection(of: call)
            var (count, after): (Int, UUID?) = (0, nil)
            repeat {
                while outbox.isFull {
                    try await reply.progress(count, of: nil, "orders; the outbox is full, waiting for RabbitMQ")
                    try await Task.sleep(for: .seconds(1))
                }
                let orders = try await replay(selection, after: after)
                filled()
                (count, after) = (count + orders.count, orders.count < Self.chunk ? nil : orders.last)
                try await reply.progress(count, of: nil, "orders")
            } while after != nil
            if let ids = selection.ids, count < Set(ids).count {
                throw AdminEnd(
                    .notFound, "\(Set(ids).count - count) of these orders don't exist; \(count) are replayed")
            }
            return .ok("\(count) orders are replayed: their events are in the outbox")
        }
    }

    private struct Selection: Sendable {
        var range = OrderRange.all
        var customer: UUID?
        var ids: [UUID]?
    }

    private func selection(of call: AdminCall) throws(AdminEnd) -> Selection {
        if let text = call["ids"] {
            let ids = text.split(separator: ",").map { UUID(uuidString: String($0)) }
            guard !ids.isEmpty, !ids.contains(nil) else { throw AdminEnd(.usage, "ids must be UUIDs with commas") }
            return Selection(ids: ids.compactMap(\.self))
        }
        let (from, to) = (try call.time("from"), try call.time("to"))
        guard from != nil else { throw AdminEnd(.usage, "say which: --from TIME [--to TIME], or --ids ID,ID") }
        guard let range = OrderRange(from: from, to: to) else { throw AdminEnd(.usage, "from is not before to") }
        return Selection(range: range, customer: try call.uuid("customer"))
    }

    /// Writes the events of the next orders.
    private func replay(_ selection: Selection, after: UUID?) async throws -> [UUID] {
        try await pool.transaction { [currency] transaction in
            let orders = try transaction.query(
                Self.next, selection.range.lowest, selection.range.highest, selection.customer, selection.ids, after,
                Int64(Self.chunk)
            ).map { try StoredOrder($0, currency: currency).order }
            for kind in OrderEvent.Kind.allCases {
                let told = orders.filter { kind == .created || $0.status == .cancelled }
                guard !told.isEmpty else { continue }
                let now = Date.wholeMilliseconds
                try transaction.enqueue(
                    OrderStatements.insertEvents, told.map { _ in UUIDv7.shared.next(at: now) },
                    told.map(\.id.uuid), kind.rawValue,
                    told.map { String(decoding: OrderEvent(kind, $0.as(kind)).encoded(), as: UTF8.self) },
                    [String?](repeating: nil, count: told.count), [String?](repeating: nil, count: told.count),
                    told.map { _ in now })
            }
            return orders.map(\.id.uuid)
        }
    }

    /// Locked, so that a cancellation that is under way comes after, with its own event.
    private static let next = Statement(
        """
        SELECT id, customer_id, status, total_minor, version, created_at, updated_at, items, details
        FROM orders
        WHERE id >= $1::uuid AND id <= $2::uuid
            AND ($3::uuid IS NULL OR customer_id = $3::uuid)
            AND ($4::uuid[] IS NULL OR id = ANY ($4::uuid[]))
            AND ($5::uuid IS NULL OR id > $5::uuid)
        ORDER BY id
        LIMIT $6::bigint
        FOR SHARE
        """)
}

extension Order {
    /// The order as it was when this happened to it.
    fileprivate func `as`(_ kind: OrderEvent.Kind) -> Order {
        guard kind == .created else { return self }
        var order = self
        order.status = .created
        order.updatedAt = order.createdAt
        return order
    }
}
