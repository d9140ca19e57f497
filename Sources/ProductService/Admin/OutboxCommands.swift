import AdminChannel
import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// What operators may ask of the outbox, and have it tried again at once.
struct OutboxCommands: Sendable {
    let pool: PostgresPool
    /// As far as events are counted.
    let highWater: Int
    let health: Health
    let publish: PausePoint
    /// Wakes the relay.
    let wakeRelay: @Sendable () -> Void

    var all: [AdminCommand] { [status, kick] }

    private var status: AdminCommand {
        AdminCommand("outbox status", role: .viewer, "How many events wait for RabbitMQ, since when, and why.") {
            _, reply in
            let (count, postponed, attempts, oldest, bytes) = try await pool.withConnection { connection in
                try connection.query(OutboxStatements.status, Int64(highWater)).only()
                    .decode(Int64.self, Int64.self, Int32.self, Date?.self, Int64.self)
            }
            try await reply.row { json in
                json.name("events")
                json.integer(count)
                json.name("postponed")
                json.integer(postponed)
                json.name("mostAttempts")
                json.integer(attempts)
                json.name("sizeBytes")
                json.integer(bytes)
                json.name("oldestAt")
                json.nullable(oldest)
                json.name("highWater")
                json.integer(highWater)
                json.name("paused")
                json.bool(publish.isPaused)
                json.name("rabbitmq")
                json.string(health["rabbitmq"]?.text ?? DependencyState.untried)
            }
            if publish.isPaused { return .ok("publishing is paused; resume publish") }
            return .ok(postponed == 0 ? "" : "postponed events are tried again by themselves, or at once: outbox kick")
        }
    }

    /// Rows that one transaction takes.
    private static let chunk = 1_000

    private var kick: AdminCommand {
        AdminCommand(
            "outbox kick", role: .operator, "Try postponed events now instead of when their time comes.",
            [.option("reason", "Why; kept in the audit.", as: "TEXT")], examples: ["outbox kick"], isMutation: true
        ) { _, reply in
            var (count, last): (Int, Int64?) = (0, 0)
            while let after = last {
                // Upwards, so that it ends also when the broker turns the same events away again and again.
                let ids = try await pool.transaction { transaction in
                    try transaction.query(OutboxStatements.hurry, after, Int64(Self.chunk)).decode(Int64.self)
                }
                wakeRelay()
                count += ids.count
                last = ids.max()
                try await reply.progress(count, of: nil, "events")
            }
            let pause = publish.isPaused ? "; publishing is paused" : ""
            return .ok("\(count) postponed events are tried now\(pause)")
        }
    }
}

extension DependencyState {
    fileprivate var text: String {
        switch self {
        case .up: "up"
        case .degraded(let reason), .down(let reason): reason
        }
    }
}
