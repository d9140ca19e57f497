import AdminChannel
import ArgumentParser
import Logging
import Metrics
import ServiceLifecycle

/// Runs the daemon in the foreground until SIGTERM or SIGINT.
struct RunCommand<Definition: DaemonDefinition>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "run", abstract: "Run the daemon in the foreground (the default).")
    }

    @OptionGroup var options: ConfigurationOptions

    /// The admin channel, where a socket is configured.
    private func admin(_ parts: DaemonParts, _ shared: SharedConfiguration, _ chassis: Chassis) -> [any Service] {
        guard let path = shared.adminSocket else { return [] }
        let commands =
            HealthCommands(health: chassis.health).all
            + MetricsCommands(metrics: chassis.metrics, health: chassis.health, watched: parts.watched).all
            + AboutCommands(program: Definition.name, values: shared.values).all + parts.adminCommands
        return [
            AdminServer(
                AdminServer.Settings(path: path, groups: RoleGroups(daemon: Definition.name)),
                commands: CommandTable(withHelp: commands),
                audit: { call, end in
                    chassis.logger.notice(
                        "An operator changed something",
                        metadata: [
                            "command": "\(call.command)", "uid": "\(call.peer.userID)", "role": "\(call.role.rawValue)",
                            "result": "\(end.code.name)", "reason": "\(call["reason"] ?? "")",
                        ])
                }, logger: chassis.logger)
        ]
    }

    func run() async throws {
        let configuration = try options.load(for: Definition.self)
        let shared = configuration.shared
        let logger = LogOutput.bootstrap(program: Definition.name, shared.log)
        let chassis = Chassis(logger: logger)
        MetricsSystem.bootstrap(chassis.metrics)
        do {
            let schema = try SchemaService(
                program: Definition.name, migrations: Definition.migrations, configuration: shared.database,
                chassis: chassis)
            let parts = try await Definition.build(configuration, on: chassis)
            var routes = parts.routes
            routes.addOperations(health: chassis.health, metrics: chassis.metrics, openAPI: Definition.openAPI)
            let http = HTTPServer(routes: routes, configuration: shared.http, logger: logger)
            try await Lifecycle(chassis: chassis, grace: shared.shutdownGrace).run(
                [schema] + parts.services + admin(parts, shared, chassis), http: http)
        } catch {
            logger.critical("\(error)")
            throw ExitCode(((error as? DaemonFailure)?.exitStatus ?? .failure).rawValue)
        }
    }
}
