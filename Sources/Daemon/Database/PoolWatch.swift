import Logging
public import Postgres
public import ServiceLifecycle

/// Writes how a pool is doing onto the health board, as the dependency `postgres`, and into the metrics.
public struct PoolWatch: Service {
    private let pool: PostgresPool
    private let chassis: Chassis

    public init(_ pool: PostgresPool, on chassis: Chassis) {
        self.pool = pool
        self.chassis = chassis
        chassis.health.set("postgres", .down(DependencyState.untried))
        let metrics = chassis.metrics
        metrics.observe("database_pool_open", help: "Connections of the pool.") { Double(pool.state.open) }
        metrics.observe("database_pool_busy", help: "Connections at work.") { Double(pool.state.busy) }
        metrics.observe("database_pool_waiting", help: "Requests that wait for a connection.") {
            Double(pool.state.waiting)
        }
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                note(pool.state.availability)
                // Cancelled is stopping: the condition above ends the loop.
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func note(_ availability: PoolState.Availability) {
        let state: DependencyState =
            switch availability {
            case .connected: .up
            case .connecting: .down(DependencyState.untried)
            case .unavailable(let reason, _): .down(reason)
            case .closed: .down("the pool is closed")
            }
        let before = chassis.health["postgres"]
        chassis.health.set("postgres", state)
        guard before != state else { return }
        switch state {
        case .up: chassis.logger.info("database is available")
        case .degraded(let reason), .down(let reason):
            chassis.logger.warning("database is not available", metadata: .kind(.databaseLost, ["reason": "\(reason)"]))
        }
    }
}
