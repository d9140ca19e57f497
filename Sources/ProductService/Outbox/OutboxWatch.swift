import Daemon
import FoundationEssentials
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Watches how much the outbox holds, and says when it holds too much.
///
/// Over the high-water mark no more orders are taken, until the broker has taken enough of those that are there: the
/// disk is as finite as everything else.
final class OutboxWatch: Service {
    private let pool: PostgresPool
    private let highWater: Int
    private let health: Health
    private let schema: Gate
    private let full = Atomic(false)
    private let rows: PrometheusGauge
    private let oldest: PrometheusGauge
    private let logger: Logger

    init(pool: PostgresPool, highWater: Int, on chassis: Chassis) {
        self.pool = pool
        self.highWater = highWater
        health = chassis.health
        schema = chassis.schema
        logger = chassis.logger
        rows = chassis.metrics.gauge(
            "outbox_rows", help: "Events that wait for the broker, as far as the high-water mark.")
        oldest = chassis.metrics.gauge("outbox_oldest_seconds", help: "Age of the oldest event that waits.")
    }

    /// Whether the high-water mark was passed when last looked at.
    var isFull: Bool {
        full.load(ordering: .relaxed)
    }

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            if schema.isOpen { await look() }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(2)) }
        }
    }

    /// How many events wait for the broker, as far as the high-water mark.
    func count() async throws -> Int {
        let limit = Int64(highWater)
        return try await pool.withConnection { connection in
            let (count, _) = try connection.query(OutboxStatements.backlog, limit).only().decode(Int64.self, Date?.self)
            return Int(count)
        }
    }

    private func look() async {
        do {
            let limit = Int64(highWater)
            let (count, first) = try await pool.withConnection { connection in
                try connection.query(OutboxStatements.backlog, limit)[0].decode(Int64.self, Date?.self)
            }
            let age = first.map { max(0, Date().timeIntervalSince($0)) } ?? 0
            rows.set(Double(count))
            oldest.set(age)
            full.store(count >= limit, ordering: .relaxed)
            health.set(
                "outbox",
                count >= limit
                    ? .degraded("\(count) events wait for RabbitMQ, the limit: orders are refused until it takes some")
                    : .up)
        } catch {
            // The pool reports its own state; the last known size stands until it answers again.
            logger.debug("The outbox's size is unknown", metadata: ["error": "\(error)"])
        }
    }
}
