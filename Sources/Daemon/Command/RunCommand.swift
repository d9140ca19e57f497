import AdminChannel
import ArgumentParser
import Glibc
import Logging
import Metrics
import Postgres
import ServiceLifecycle
import Systemd

/// Runs the daemon in the foreground until SIGTERM or SIGINT.
struct RunCommand<Definition: DaemonDefinition>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "run", abstract: "Run the daemon in the foreground (the default).")
    }

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load(for: Definition.self)
        let shared = configuration.shared
        let logger = LogOutput.bootstrap(program: Definition.name, shared.log)
        let chassis = Chassis(logger: logger)
        MetricsSystem.bootstrap(chassis.metrics)
        do {
            let parts = try await Definition.build(configuration, on: chassis)
            let adminPool = try PostgresPool(
                shared.database.options(for: Definition.name), name: "admin", size: 1, logger: chassis.quietLogger)
            let pauses = Pauses(parts.pausePoints, pool: adminPool, on: chassis)
            let reloading = Reloading(
                shared, program: Definition.name, on: chassis, read: options.reader(for: Definition.self))
            let audit = AuditTrail(pool: adminPool, logger: logger)
            let schema = try SchemaService(
                program: Definition.name, migrations: Definition.migrations, configuration: shared.database,
                chassis: chassis, beforeOpening: pauses.load)
            let upkeep = AdminUpkeep(schema: chassis.schema, pauses: pauses, audit: audit, threshold: .shared)
            let commands: [[AdminCommand]] = [
                HealthCommands(
                    program: Definition.name, health: chassis.health, metrics: chassis.metrics, watched: parts.watched
                ).all,
                MetricsCommands(metrics: chassis.metrics, health: chassis.health, watched: parts.watched).all,
                AboutCommands(program: Definition.name, reloading: reloading).all,
                PauseCommands(pauses: pauses, drain: parts.drain).all,
                DatabaseCommands(pool: adminPool, schema: schema.keeper).all,
                AuditCommands(pool: adminPool).all,
                ControlCommands(threshold: .shared, reloading: reloading).all,
                parts.adminCommands,
            ]
            // Before anything runs that makes files.
            let admin = try shared.adminSocket.map { path in
                try AdminServer(
                    AdminServer.Settings(path: path, groups: RoleGroups(daemon: Definition.name)),
                    commands: CommandTable(withHelp: commands.flatMap { $0 }), audit: audit.audit,
                    turned: chassis.liveness.loop("admin", patience: .seconds(15)).moves, logger: logger)
            }
            var routes = parts.routes
            routes.addOperations(health: chassis.health, metrics: chassis.metrics, openAPI: Definition.openAPI)
            let http = HTTPServer(
                routes: routes, configuration: shared.http, inherited: try Self.inheritedSocket(),
                prepared: { await chassis.health.decision(within: .seconds(10)) },
                pulse: chassis.liveness.loop("http", patience: .seconds(15)), logger: logger)
            var services: [any Service] =
                [
                    adminPool, schema, upkeep, ReloadOnHangup(reloading: reloading),
                ] + parts.services
            if let admin { services.append(admin) }
            try await Lifecycle(chassis: chassis, grace: shared.shutdownGrace, watched: parts.watched)
                .run(services, http: http)
            Self.end(.success)
        } catch {
            logger.critical("\(error)")
            Self.end((error as? DaemonFailure)?.exitStatus ?? .failure)
        }
    }

    /// Without the libraries' exit handlers: OpenSSL's takes away what a thread needs that is closing its connection.
    private static func end(_ status: ExitStatus) -> Never {
        fflush(nil)
        _exit(status.rawValue)
    }

    /// The socket that systemd holds for the daemon, if it does.
    private static func inheritedSocket() throws -> Int32? {
        let sockets = ActivationSockets.take()
        guard sockets.count <= 1 else {
            throw DaemonFailure(
                "systemd hands over \(sockets.count) sockets: \(Definition.name).socket must have one ListenStream=",
                exitStatus: .configuration)
        }
        return sockets.first
    }
}
