public import AdminChannel
public import ArgumentParser
public import Logging
public import Postgres
public import ServiceLifecycle

/// What makes one daemon different from another: its name, its configuration, and what it is built of.
///
/// ```swift
/// enum ProductService: DaemonDefinition {
///     static let name = "productd"
///     static let abstract = "Keeps a product catalogue and takes orders."
///     static let openAPI = PackageResources.openapi_json
///     static func build(_ configuration: Configuration, on chassis: Chassis) throws -> DaemonParts { … }
/// }
/// ```
public protocol DaemonDefinition: Sendable {
    associatedtype Configuration: ServiceConfiguration

    /// The program's name, and that of its configuration file.
    static var name: String { get }
    /// One sentence for `--help`.
    static var abstract: String { get }
    /// The description of the HTTP interface, JSON.
    static var openAPI: [UInt8] { get }
    /// What the database's tables are made by.
    static var migrations: [Migration] { get }
    /// What the program can be told to do beside running: its own subcommands.
    static var commands: [any ParsableCommand.Type] { get }
    /// Creates everything and wires it. Nothing runs yet, nothing is connected.
    static func build(_ configuration: Configuration, on chassis: Chassis) async throws -> DaemonParts
}

extension DaemonDefinition {
    public static var commands: [any ParsableCommand.Type] { [] }
}

/// What the chassis hands to a daemon while it is built.
public struct Chassis: Sendable {
    public let logger: Logger
    public let metrics: PrometheusMetrics
    public let health: Health
    public let liveness = Liveness()
    public let startup = Startup()
    /// Opens when the tables are as this binary needs them.
    public let schema: Gate

    public init(logger: Logger, metrics: PrometheusMetrics = PrometheusMetrics()) {
        self.logger = logger
        self.metrics = metrics
        health = Health(metrics: metrics)
        schema = Gate()
    }

    /// For what has nothing to say that others don't say already.
    var quietLogger: Logger {
        var logger = logger
        logger.logLevel = .error
        return logger
    }
}

/// What a daemon is built of.
public struct DaemonParts: Sendable {
    /// In the order of starting; they stop in the opposite order, after the HTTP server: `[pools, relay or consumer]`.
    public let services: [any Service]
    /// What operators can ask beside what every daemon answers.
    public let adminCommands: [AdminCommand]
    /// What the command `watch` shows.
    public let watched: [WatchedMetric]
    /// What operators can pause.
    public let pausePoints: [PausePoint]
    public let drain: DrainPlan
    /// The service's own routes; the chassis adds `/livez`, `/readyz`, `/metrics` and `/openapi.json`.
    public let routes: Routes

    public init(
        services: [any Service], routes: Routes, pausePoints: [PausePoint], drain: DrainPlan,
        adminCommands: [AdminCommand] = [], watched: [WatchedMetric] = []
    ) {
        self.pausePoints = pausePoints
        self.drain = drain
        self.services = services
        self.adminCommands = adminCommands
        self.watched = watched
        self.routes = routes
    }
}
