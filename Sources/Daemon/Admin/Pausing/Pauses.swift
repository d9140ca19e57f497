import Commerce
import FoundationEssentials
import Logging
import Postgres
import Synchronization

/// What is paused. The table `admin_pauses` decides, for all daemons of its database, and outlives them; each daemon looks
/// at it every second.
final class Pauses: Sendable {
    let points: [PausePoint]
    private let pool: PostgresPool
    private let health: Health
    private let logger: Logger
    private let known = Mutex<[Pause]>([])

    init(_ points: [PausePoint], pool: PostgresPool, on chassis: Chassis) {
        self.points = points
        self.pool = pool
        health = chassis.health
        logger = chassis.logger
    }

    /// A row of the table.
    struct Pause: Sendable, Hashable {
        let part: String
        let since: Date
        let until: Date?
        let uid: Int64
        let reason: String?

        fileprivate init(_ row: Row) throws {
            (part, since, until, uid, reason) = try row.decode(
                String.self, Date.self, Date?.self, Int64.self, String?.self)
        }

        var description: String {
            "\(part) is paused since \(since.rfc3339)" + (until.map { " until \($0.rfc3339)" } ?? "") + " by uid \(uid)"
                + (reason.map { ": \($0)" } ?? "")
        }
    }

    var current: [Pause] { known.withLock { $0 } }

    private static let list: Statement = """
        SELECT part, since, until, uid, reason FROM admin_pauses WHERE until IS NULL OR until > now() ORDER BY part
        """
    private static let put: Statement = """
        INSERT INTO admin_pauses (part, since, until, uid, reason)
        SELECT part, now(), now() + interval '1 second' * $2::bigint, $3::bigint, $4::text
        FROM unnest($1::text[]) AS part
        ON CONFLICT (part) DO UPDATE SET until = excluded.until, uid = excluded.uid, reason = excluded.reason
        """
    private static let remove: Statement = "DELETE FROM admin_pauses WHERE part = ANY($1::text[])"

    /// Takes over what the table says.
    func load() async throws {
        let rows = try await pool.withConnection { connection in
            try connection.query(Self.list, deadline: .seconds(5)).map { try Pause($0) }
        }
        apply(rows.filter { pause in points.contains { $0.name == pause.part } })
    }

    /// Takes over what the table says, and what it said last while it can't be read: an end that was set comes also then.
    func refresh() async {
        do { try await load() } catch { apply(current.filter { $0.until.map { $0 > .now } ?? true }) }
    }

    /// - Throws: When it can't be kept; then nothing is paused.
    func pause(_ parts: [PausePoint], for duration: Duration?, uid: UInt32, reason: String?) async throws {
        try await pool.withConnection { connection in
            try connection.execute(
                Self.put, parts.map(\.name), duration?.components.seconds, Int64(uid), reason, deadline: .seconds(5))
        }
        try await load()
    }

    func resume(_ parts: [PausePoint]) async throws {
        try await pool.withConnection { connection in
            try connection.execute(Self.remove, parts.map(\.name), deadline: .seconds(5))
        }
        try await load()
    }

    private func apply(_ pauses: [Pause]) {
        let before = known.withLock { known in
            defer { known = pauses }
            return known
        }
        for point in points { point.set(paused: pauses.contains { $0.part == point.name }) }
        health.set(
            "pauses",
            pauses.isEmpty ? .up : .degraded(pauses.map(\.description).joined(separator: "; ")))
        for ended in before where !pauses.contains(where: { $0.part == ended.part }) {
            logger.notice("No longer paused", metadata: ["part": "\(ended.part)"])
        }
        for begun in pauses where !before.contains(where: { $0.part == begun.part }) {
            logger.notice("Paused", metadata: ["part": "\(begun.part)", "why": "\(begun.description)"])
        }
    }
}
