import AdminChannel
import Commerce
import FoundationEssentials
import Logging
import Postgres
import Synchronization

/// Writes down what operators do: in the log at once, and in the table `admin_audit` as soon as the database takes it.
final class AuditTrail: Sendable {
    private let pool: PostgresPool
    private let logger: Logger
    /// What the database has not taken yet, oldest first.
    private let waiting = Mutex<[AuditRow]>([])

    /// An operator goes on working while the database is away; the log has what goes beyond this.
    private static let mostWaiting = 1_000

    init(pool: PostgresPool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    var audit: AdminAudit {
        AdminAudit(
            keep: { [self] call, detail in try await keep(call, detail) },
            ended: { [self] call, end in await note(call, end) })
    }

    private func keep(_ call: AdminCall, _ detail: JSON) async throws {
        do {
            try await write([AuditRow(call, result: "kept", message: "", detail: detail)])
        } catch {
            throw AdminEnd(
                .wrongState, "nothing was done, since the audit can't keep what would be lost: \(error)")
        }
    }

    private func note(_ call: AdminCall, _ end: AdminEnd) async {
        logger.notice(
            "An operator gave an order",
            metadata: .kind(
                .operatorCommand,
                [
                    "command": "\(call.command)", "uid": "\(call.peer.userID)", "role": "\(call.role.rawValue)",
                    "result": "\(end.code.name)", "reason": "\(call["reason"] ?? "")",
                ]))
        waiting.withLock { rows in
            rows.append(AuditRow(call, result: end.code.name, message: end.message, detail: end.detail))
            if rows.count > Self.mostWaiting { rows.removeFirst() }
        }
        await flush()
    }

    /// Writes what waits, if the database takes it.
    func flush() async {
        let rows = waiting.withLock { rows in
            defer { rows.removeAll() }
            return rows
        }
        if rows.isEmpty { return }
        do {
            try await write(rows)
        } catch {
            waiting.withLock { $0.insert(contentsOf: rows, at: 0) }
            logger.debug("The audit waits for the database", metadata: ["error": "\(error)"])
        }
    }

    private func write(_ rows: [AuditRow]) async throws {
        try await pool.transaction(deadline: .seconds(5)) { transaction in
            for row in rows { try row.enqueue(in: transaction) }
        }
    }
}

/// A row of `admin_audit`.
private struct AuditRow: Sendable {
    let call: AdminCall
    let result: String
    let message: String
    let detail: JSON?
    let time = Date.wholeMilliseconds

    init(_ call: AdminCall, result: String, message: String, detail: JSON?) {
        self.call = call
        self.result = result
        self.message = message
        self.detail = detail
    }

    private static let insert: Statement = """
        INSERT INTO admin_audit (at, uid, pid, role, command, parameters, result, message, reason, detail)
        VALUES ($1::timestamptz, $2::bigint, $3::bigint, $4::text, $5::text, $6::jsonb, $7::text, $8::text, $9::text,
                $10::jsonb)
        """

    func enqueue(in transaction: Transaction) throws {
        let parameters = JSONWriter.object { json in
            for (name, value) in call.values.sorted(by: { $0.key < $1.key }) {
                json.dynamicName(name)
                json.string(value)
            }
        }
        try transaction.enqueue(
            Self.insert, time, Int64(call.peer.userID), Int64(call.peer.processID), call.role.rawValue, call.command,
            JSONB(parameters), result, message, call["reason"],
            detail.map { detail in
                var writer = JSONWriter()
                writer.value(detail)
                return JSONB(writer.bytes)
            })
    }
}
