public import Logging

/// The settings that both daemons have. Their defaults differ in a few places.
public struct SharedSettings: Sendable {
    public let http: HTTPSettings
    public let database: DatabaseSettings
    public let broker: BrokerSettings
    public let log = LogSettings()
    public let admin = AdminSettings()
    public let shutdownGrace = Setting.duration(
        "shutdown.grace", default: .seconds(25), in: .seconds(1)...(.seconds(600)),
        "How long stopping may take before the daemon exits all the same; keep it below TimeoutStopSec.")

    /// - Parameters:
    ///   - name: The daemon's, as connections are called by it.
    ///   - port: Where it listens unless told otherwise.
    ///   - databaseName: The database's name unless told otherwise.
    ///   - queue: The queue's name unless told otherwise.
    public init(name: String, port: Int, databaseName: String, queue: String = "order_created") {
        http = HTTPSettings(port: port)
        database = DatabaseSettings(name: databaseName)
        broker = BrokerSettings(queue: queue)
    }

    public var all: [any SettingDeclaration] {
        http.all + database.all + broker.all + log.all + admin.all + [shutdownGrace]
    }
}

/// The values of the settings that both daemons have.
public struct SharedConfiguration: Sendable {
    public let http: HTTPConfiguration
    public let database: DatabaseConfiguration
    public let broker: BrokerConfiguration
    public let log: LogConfiguration
    /// The path of the admin socket; `nil`: there is none.
    public let adminSocket: String?
    /// All settings, as they were read.
    let values: SettingValues
    public let shutdownGrace: Duration

    public init(_ values: SettingValues, _ settings: SharedSettings) {
        http = HTTPConfiguration(values, settings.http)
        database = DatabaseConfiguration(values, settings.database)
        broker = BrokerConfiguration(values, settings.broker)
        log = LogConfiguration(values, settings.log)
        adminSocket = values[settings.admin.socket]
        self.values = values
        shutdownGrace = values[settings.shutdownGrace]
    }
}

/// What is logged, and how it looks.
public struct LogSettings: Sendable {
    public let level = Setting.choice(
        "log.level", default: Logger.Level.info, "The least severe level that is logged: trace, debug, info, ….")
    public let format = Setting.choice(
        "log.format", default: LogFormat.automatic,
        "auto (the journal if stderr is the journal, else text), text, or json.")

    public var all: [any SettingDeclaration] { [level, format] }
}

public struct LogConfiguration: Sendable {
    public let level: Logger.Level
    public let format: LogFormat

    public init(_ values: SettingValues, _ settings: LogSettings) {
        level = values[settings.level]
        format = values[settings.format]
    }

    public init(level: Logger.Level, format: LogFormat) {
        self.level = level
        self.format = format
    }
}

public enum LogFormat: String, Sendable, CaseIterable {
    case automatic = "auto"
    case text
    case json
}
