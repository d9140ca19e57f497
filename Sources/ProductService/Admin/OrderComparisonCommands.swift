import AdminChannel
import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// What customerd's `reconcile` asks: what the orders of a stretch come to, and which they are.
struct OrderComparisonCommands: Sendable {
    let pool: PostgresPool

    var all: [AdminCommand] { [digest, list] }

    private var digest: AdminCommand {
        AdminCommand(
            "orders digest", role: .viewer,
            "Count, sum and hash of the orders, by stretches of their ids; customerd's reconcile asks for it.",
            Self.bounds + [.option("parts", "How many stretches of one length (1).", as: "N")],
            examples: ["orders digest --parts 16"]
        ) { call, reply in
            let parts = try call.integer("parts", in: 1...1_024, otherwise: 1)
            guard let range = try await range(of: call) else { return .ok("there are no orders") }
            for part in range.parts(parts) {
                let digest = try await pool.withConnection { connection in
                    try OrderDigest(connection.query(Self.digest, part.lowest, part.highest, deadline: .seconds(60)))
                }
                try await reply.row { json in
                    json.name("from")
                    json.string(part.lowest.uuidString.lowercased())
                    json.name("through")
                    json.string(part.highest.uuidString.lowercased())
                    json.members(of: digest)
                }
            }
            return .ok()
        }
    }

    private var list: AdminCommand {
        AdminCommand(
            "orders list", role: .viewer,
            "The orders of a stretch by their ids, and whether their events still wait; customerd's reconcile asks for it.",
            Self.bounds + [.option("limit", "How many at most (1000).", as: "N")], examples: ["orders list --limit 20"]
        ) { call, reply in
            let limit = try call.integer("limit", in: 1...100_000, otherwise: 1_000)
            guard let range = try await range(of: call) else { return .ok("there are no orders") }
            let orders = try await pool.withConnection { connection in
                try connection.query(Self.list, range.lowest, range.highest, Int64(limit), deadline: .seconds(60))
                    .map { try $0.decode(UUID.self, UUID.self, Int64.self, Bool.self, Bool.self, Date.self) }
            }
            for (id, customer, totalMinor, isCancelled, waits, createdAt) in orders {
                try await reply.row { json in
                    json.name("id")
                    json.string(id.uuidString.lowercased())
                    json.name("customerId")
                    json.string(customer.uuidString.lowercased())
                    json.name("totalMinor")
                    json.integer(totalMinor)
                    json.name("cancelled")
                    json.bool(isCancelled)
                    json.name("eventWaits")
                    json.bool(waits)
                    json.name("createdAt")
                    json.string(createdAt.rfc3339)
                }
            }
            return .ok(orders.count == limit ? "there may be more: --limit, or --from the last id" : "")
        }
    }

    private static let bounds: [AdminCommand.Parameter] = [
        .option("from", "The first id (that of the first order).", as: "ID"),
        .option("through", "The last id (that of the last order).", as: "ID"),
    ]

    /// What was asked for; open ends are where the orders end. `nil` where there are none.
    private func range(of call: AdminCall) async throws -> OrderRange? {
        let (from, through) = (try call.uuid("from"), try call.uuid("through"))
        let (first, last) = try await pool.withConnection { connection in
            try connection.query(Self.ends).only().decode(UUID?.self, UUID?.self)
        }
        guard let first = from ?? first, let last = through ?? last else { return nil }
        guard let range = OrderRange(from: first, through: last) else {
            throw AdminEnd(.usage, "from is behind through")
        }
        return range
    }

    private static let ends = Statement(
        """
        SELECT (SELECT id FROM orders ORDER BY id LIMIT 1), (SELECT id FROM orders ORDER BY id DESC LIMIT 1)
        """)

    private static let digest = Statement(
        OrderDigest.query(
            of: """
                SELECT id, customer_id, total_minor, status = 'CANCELLED' AS is_cancelled
                FROM orders WHERE id >= $1::uuid AND id <= $2::uuid
                """))

    private static let list = Statement(
        """
        SELECT id, customer_id, total_minor, status = 'CANCELLED',
               EXISTS (SELECT FROM outbox WHERE order_id = orders.id), created_at
        FROM orders
        WHERE id >= $1::uuid AND id <= $2::uuid
        ORDER BY id
        LIMIT $3::bigint
        """)
}
