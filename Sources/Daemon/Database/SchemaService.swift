import Logging
import Postgres
import ServiceLifecycle
import Threads

/// Sees to it that the tables are as this program needs them, and opens the gate for everybody who waits for that.
///
/// While the database can't be reached it keeps trying, and `/readyz` says so. A database that is newer than the program
/// ends the daemon with EX_CONFIG: writing to it could do harm.
struct SchemaService: Service {
    private let program: String
    let keeper: SchemaKeeper
    private let migrates: Bool
    private let chassis: Chassis
    private let interrupt: Interrupt
    /// Opens after the first try, however it went.
    private let tried: Gate
    private let beforeOpening: @Sendable () async throws -> Void

    /// - Parameter beforeOpening: What must be read from the tables before anybody works with them.
    init(
        program: String, migrations: [Migration], configuration: DatabaseConfiguration, chassis: Chassis,
        beforeOpening: @escaping @Sendable () async throws -> Void
    ) throws {
        self.beforeOpening = beforeOpening
        self.program = program
        self.chassis = chassis
        tried = chassis.startup.gate()
        interrupt = try Interrupt()
        migrates = configuration.migratesAtStart
        keeper = try SchemaKeeper(
            migrations, options: configuration.options(for: program), interrupt: interrupt, logger: chassis.logger)
        chassis.health.set("schema", .down(DependencyState.untried))
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await bringUpToDate()
            // Returning would end the daemon.
            try? await gracefulShutdown()
        } onGracefulShutdown: { [interrupt] in
            interrupt.fire()
        }
    }

    private func bringUpToDate() async throws {
        var backoff = Backoff()
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let missing = migrates ? [] : try await keeper.pending()
                if migrates { _ = try await keeper.migrate() }
                if missing.isEmpty {
                    try await beforeOpening()
                    chassis.health.set("schema", .up)
                    chassis.schema.open()
                    tried.open()
                    return
                }
                report("\(missing.count) migrations are missing: run '\(program) migrate', or set DB_MIGRATE=on")
            } catch let error as PostgresError where error.isSchemaMismatch {
                throw DaemonFailure("\(error)", exitStatus: .configuration)
            } catch {
                report("\(error)")
            }
            tried.open()
            try? await cancelWhenGracefulShutdown { [pause = backoff.next()] in try await Task.sleep(for: pause) }
        }
    }

    private func report(_ reason: String) {
        let state = DependencyState.down(reason)
        guard chassis.health["schema"] != state, !interrupt.isFired else { return }
        chassis.health.set("schema", state)
        chassis.logger.warning("The database is not ready yet; trying on", metadata: ["reason": "\(reason)"])
    }
}
