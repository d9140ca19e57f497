import Daemon
import FoundationEssentials
import Logging
import Postgres
import ServiceLifecycle

/// Keeps the tables in shape while the daemon runs: next months' partitions, and an end to old idempotency keys and to what is
/// known of old publications.
struct Housekeeping: Service {
    let pool: PostgresPool
    /// How long a repeated request is recognised.
    let keyRetention: Duration
    /// How long it is known when an event was published.
    let publicationHistory: Duration
    /// Opens when there are tables to keep.
    let schema: Gate
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await schema.wait() }
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let pause: Duration = await tidy() ? .seconds(3_600) : .seconds(30)
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }

    /// - Returns: Whether all of it could be done.
    private func tidy() async -> Bool {
        do {
            let made = try await pool.transaction { transaction in
                // Making a partition locks the whole table. Rather not at all, and again later, than with all writers
                // queueing behind one long reader.
                try transaction.enqueue(Self.boundLockWait)
                return try transaction.query(Self.makePartitions)[0].decode(Int32.self)
            }
            if made > 0 { logger.info("Made partitions for orders", metadata: ["partitions": "\(made)"]) }
            let expired = try await delete(Self.expireKeys, olderThan: keyRetention)
            if expired > 0 { logger.info("Expired idempotency keys", metadata: ["keys": "\(expired)"]) }
            _ = try await delete(Self.forgetPublications, olderThan: publicationHistory)
            return true
        } catch {
            // Orders of a month without a partition go into the default one: nothing is lost by waiting.
            logger.warning("Housekeeping is put off", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Deletes a thousand at a time, so that no transaction holds much or lasts long.
    private func delete(_ statement: Statement, olderThan age: Duration) async throws -> Int {
        let before = Date(timeIntervalSinceNow: -Double(age.components.seconds))
        var total = 0
        while true {
            let deleted = try await pool.transaction { try $0.query(statement, before).affected }
            total += deleted
            if deleted < 1_000 { return total }
        }
    }

    private static let boundLockWait = Statement("SET LOCAL lock_timeout = '2s'")

    /// This month and the three after it.
    private static let makePartitions = Statement("SELECT make_order_partitions(now(), 4)")

    /// Not those of orders that came in files: an external id means one order for ever.
    private static let expireKeys = Statement(
        """
        DELETE FROM idempotency_keys
        WHERE (scope, key) IN (
            SELECT scope, key FROM idempotency_keys
            WHERE created_at < $1::timestamptz AND scope NOT LIKE 'spool:%'
            ORDER BY created_at LIMIT 1000
        )
        """)

    private static let forgetPublications = Statement(
        """
        DELETE FROM publications
        WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM publications WHERE published_at < $1::timestamptz ORDER BY published_at LIMIT 1000))
        """)
}
