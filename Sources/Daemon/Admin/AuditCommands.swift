import AdminChannel
import Commerce
import FoundationEssentials
import Postgres

/// What operators did.
struct AuditCommands: Sendable {
    let pool: PostgresPool

    var all: [AdminCommand] { [audit] }

    private static let newest: Statement = """
        SELECT id, at, uid, role, command, parameters::text, result, message, reason, detail::text
        FROM admin_audit
        WHERE $1::bigint IS NULL OR id < $1::bigint
        ORDER BY id DESC
        LIMIT $2::bigint
        """

    private var audit: AdminCommand {
        AdminCommand(
            "audit", role: .operator, "What operators did, newest first.",
            [
                .option("limit", "How many at most (100).", as: "N"),
                .option("before", "Go on from this id, the last one shown.", as: "ID"),
            ], examples: ["audit --limit 20"]
        ) { call, reply in
            let limit = try call.integer("limit", in: 1...10_000, otherwise: 100)
            let before = try call["before"] == nil ? nil : call.integer("before", in: 1...Int.max, otherwise: 1)
            let rows = try await pool.withConnection { connection in
                try connection.query(Self.newest, before.map(Int64.init), Int64(limit), deadline: .seconds(10))
                    .map { try AuditEntry($0) }
            }
            for row in rows { try await reply.row(row.write) }
            return .ok()
        }
    }
}

/// An entry of the audit, as it is shown.
private struct AuditEntry: Sendable {
    let id: Int64
    let at: Date
    let uid: Int64
    let role, command, parameters, result, message: String
    let reason, detail: String?

    init(_ row: Row) throws {
        (id, at, uid, role, command, parameters, result, message, reason, detail) = try row.decode(
            Int64.self, Date.self, Int64.self, String.self, String.self, String.self, String.self, String.self,
            String?.self, String?.self)
    }

    func write(_ json: inout JSONWriter) {
        json.name("id")
        json.integer(id)
        json.name("at")
        json.string(at.rfc3339)
        json.name("uid")
        json.integer(uid)
        json.name("role")
        json.string(role)
        json.name("command")
        json.string(command)
        json.name("parameters")
        json.raw(parameters.utf8)
        json.name("result")
        json.string(result)
        json.name("message")
        json.string(message)
        json.name("reason")
        json.nullable(reason)
        json.name("detail")
        if let detail { json.raw(detail.utf8) } else { json.null() }
    }
}
