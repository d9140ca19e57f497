import AdminChannel
import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// What operators may ask of one order: what it is, and where it is on its way.
struct OrderCommands: Sendable {
    let pool: PostgresPool
    let currency: Currency
    /// customerd's admin socket.
    let customerdSocket: String

    var all: [AdminCommand] { [show, trace] }

    private static let id = AdminCommand.Parameter.argument("id", "The order's id.")

    private static func example(_ verb: String) -> String { "order \(verb) 019ab2c4-7d1e-7c3a-8f00-3b1f6a2d9c55" }

    private var show: AdminCommand {
        AdminCommand(
            "order show", role: .viewer, "An order, and how it came in.", [Self.id], examples: [Self.example("show")]
        ) {
            call, reply in
            let (order, origin) = try await find(call)
            try await reply.row { json in
                json.name("orderId")
                json.identifier(order.order.id)
                json.name("customerId")
                json.identifier(order.order.customerID)
                json.name("status")
                json.string(order.order.status.rawValue)
                json.name("total")
                json.money(order.order.total)
                json.name("currency")
                json.string(currency.code)
                json.name("items")
                json.integer(order.order.items.count)
                json.name("source")
                json.string(origin.source)
                json.name("requestId")
                json.nullable(origin.requestID)
                json.name("version")
                json.integer(order.version)
                json.name("createdAt")
                json.date(order.order.createdAt)
                json.name("updatedAt")
                json.date(order.order.updatedAt)
            }
            return .ok()
        }
    }

    private var trace: AdminCommand {
        AdminCommand(
            "order trace", role: .viewer,
            "An order's way with times: received, committed, published, confirmed, and applied by customerd.",
            [Self.id],
            examples: [Self.example("trace")]
        ) { call, reply in
            let (order, origin) = try await find(call)
            let received = order.order.createdAt
            func step(_ name: String, _ time: Date?, _ detail: String) async throws {
                try await reply.row { json in
                    json.name("step")
                    json.string(name)
                    json.name("at")
                    json.nullable(time)
                    json.name("afterMs")
                    json.nullable(time.map { Int(($0.timeIntervalSince(received) * 1_000).rounded()) })
                    json.name("detail")
                    json.string(detail)
                }
            }
            let request = origin.requestID.map { ", request \($0)" } ?? ""
            try await step("received", received, origin.source + request)
            try await step(
                "committed", origin.committedAt,
                origin.committedAt == nil ? "PostgreSQL keeps no times of commits (track_commit_timestamp)" : "")
            var isThrough = true
            for kind in OrderEvent.Kind.allCases where kind == .created || order.order.status == .cancelled {
                let beginning = kind == .created ? received : order.order.updatedAt
                switch try await publication(of: order.order.id, kind, since: beginning) {
                case .done(let event, let publishedAt, let confirmedAt):
                    try await step("published", publishedAt, "\(kind.rawValue), event \(event)")
                    try await step("confirmed", confirmedAt, kind.rawValue)
                case .waits(let event, let attempts):
                    isThrough = false
                    try await step(
                        "published", nil,
                        "\(kind.rawValue), event \(event) waits in the outbox"
                            + (attempts == 0 ? "" : ", turned away \(attempts) times"))
                case .forgotten:
                    try await step(
                        "published", nil, "\(kind.rawValue) is not in the outbox; when it left is not known any more")
                }
            }
            let (appliedAt, reason) = await applied(order.order.id)
            try await step("applied", appliedAt, reason ?? "")
            return .ok(isThrough && reason == nil ? "the order has reached the customer's statistics" : "")
        }
    }

    // MARK: Asking

    /// How an order came in.
    private struct Origin: Sendable {
        let source: String
        let requestID: String?
        /// `nil` where PostgreSQL doesn't keep it, and of an order that was changed since.
        let committedAt: Date?
    }

    private func find(_ call: AdminCall) async throws -> (StoredOrder, Origin) {
        let id = try call.uuid("id")
        let found = try await pool.withConnection { [currency] connection in
            let order = try connection.query(OrderStore.byID, id).first.map { try StoredOrder($0, currency: currency) }
            let origin = try connection.query(Self.origin, id).first.map { row in
                let (source, requestID, committedAt) = try row.decode(String.self, String?.self, Date?.self)
                return Origin(source: source, requestID: requestID, committedAt: committedAt)
            }
            return (order, origin)
        }
        guard let order = found.0, let origin = found.1 else {
            throw AdminEnd(.notFound, "no order \(call["id"] ?? "")")
        }
        return (order, origin)
    }

    private enum Publication: Sendable {
        case done(event: String, publishedAt: Date, confirmedAt: Date)
        case waits(event: String, attempts: Int32)
        /// It left longer ago than is known.
        case forgotten
    }

    private func publication(
        of order: OrderID, _ kind: OrderEvent.Kind, since beginning: Date
    ) async throws -> Publication {
        try await pool.withConnection { connection in
            // The outbox first: between the two the event may leave it, and not come back.
            if let row = try connection.query(Self.waiting, order.uuid, kind.rawValue, deadline: .seconds(30)).first {
                let (event, attempts) = try row.decode(UUID.self, Int32.self)
                return .waits(event: event.uuidString.lowercased(), attempts: attempts)
            }
            // Two instances' clocks may differ.
            let rows = try connection.query(
                Self.publication, order.uuid, kind.rawValue, beginning.addingTimeInterval(-5), deadline: .seconds(30))
            guard let row = rows.first else { return .forgotten }
            let (event, publishedAt, confirmedAt) = try row.decode(UUID.self, Date.self, Date.self)
            return .done(event: event.uuidString.lowercased(), publishedAt: publishedAt, confirmedAt: confirmedAt)
        }
    }

    /// When customerd applied it, or why that isn't known.
    private func applied(_ order: OrderID) async -> (Date?, reason: String?) {
        do {
            let customerd = try OtherDaemon(
                "customerd", at: customerdSocket, setting: "CUSTOMERD_ADMIN_SOCKET", timeout: .seconds(10))
            let known = try await customerd.ask("order show \(order)").first?["appliedAt"]
            guard case .string(let time)? = known else { return (nil, nil) }
            return (Date(rfc3339: time), nil)
        } catch let end as AdminEnd {
            return (nil, end.code == .notFound ? "not yet" : end.message)
        } catch {
            return (nil, "customerd can't be asked: \(error)")
        }
    }

    /// An order that was changed has another transaction's id.
    private static let origin: Statement = """
        SELECT source, request_id,
               CASE WHEN version = 1 AND current_setting('track_commit_timestamp') = 'on'
                    THEN pg_xact_commit_timestamp(xmin) END
        FROM orders WHERE id = $1::uuid
        """

    private static let waiting: Statement = """
        SELECT event_id, attempts FROM outbox WHERE order_id = $1::uuid AND event_type = $2::text ORDER BY id LIMIT 1
        """

    /// Batches follow their orders closely, so the one that is looked for is among the first.
    private static let publication: Statement = """
        SELECT event_ids[array_position(order_ids, $1::uuid)], published_at, confirmed_at FROM publications
        WHERE published_at >= $3::timestamptz AND event_type = $2::text AND $1::uuid = ANY (order_ids)
        ORDER BY published_at LIMIT 1
        """
}
