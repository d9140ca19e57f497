import ArgumentParser
import Logging
import Metrics

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
            let schema = try SchemaService(
                program: Definition.name, migrations: Definition.migrations, configuration: shared.database,
                chassis: chassis)
            let parts = try await Definition.build(configuration, on: chassis)
            var routes = parts.routes
            routes.addOperations(health: chassis.health, metrics: chassis.metrics, openAPI: Definition.openAPI)
            let http = HTTPServer(routes: routes, configuration: shared.http, logger: logger)
            try await Lifecycle(chassis: chassis, grace: shared.shutdownGrace).run(
                [schema] + parts.services, http: http)
        } catch {
            logger.critical("\(error)")
            throw ExitCode(((error as? DaemonFailure)?.exitStatus ?? .failure).rawValue)
        }
    }
}
