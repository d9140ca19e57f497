import AdminChannel
import Logging
import Postgres
import RabbitMQ
import Systemd
import Threads

/// Reads the configuration anew while the daemon runs: what is wrong leaves everything as it is.
///
/// What can change while the daemon runs does: the log's level at once, credentials and certificates with each connection
/// that is made from then on. The rest takes a restart, and the answer says which.
///
/// One at a time: who asks while another reads waits, and then reads what there is by then.
actor Reloading {
    /// What the daemon was built from: its parts look into this one.
    private let running: SharedConfiguration
    private var values: SettingValues
    private let program: String
    private let read: @Sendable () throws -> SharedConfiguration
    private let notifier = ServiceNotifier()
    private let health: Health
    private let logger: Logger

    /// - Parameter read: Reads and validates everything.
    init(
        _ running: SharedConfiguration, program: String, on chassis: Chassis,
        read: @escaping @Sendable () throws -> SharedConfiguration
    ) {
        self.running = running
        values = running.values
        self.program = program
        health = chassis.health
        logger = chassis.logger
        self.read = read
    }

    /// A setting as it is in force; secrets are masked.
    struct InForce: Sendable {
        let key: String
        let value: String
        let origin: String
        /// Its new value, where that takes a restart.
        let afterRestart: String?
    }

    var settings: [InForce] {
        zip(running.values.entries, values.entries).map { first, latest in
            let waits = Effect(of: first.setting.key) == .withRestart && !first.hasValue(of: latest)
            let entry = waits ? first : latest
            return InForce(
                key: entry.setting.key, value: entry.shownText, origin: entry.origin,
                afterRestart: waits ? latest.shownText : nil)
        }
    }

    /// A setting that has another value than before; secrets are masked.
    struct Change: Sendable {
        let key: String
        let before: String
        let now: String
        let effect: Effect
    }

    /// From when on a new value holds.
    enum Effect: String, Sendable {
        case now
        case withNewConnections = "with new connections"
        case withRestart = "with a restart"

        fileprivate init(of key: String) {
            switch key {
            case "log.level": self = .now
            case "db.url", "db.user", "db.password", "db.sslmode", "db.sslrootcert", "db.sslcert", "db.sslkey",
                "rabbitmq.url", "rabbitmq.caFile", "rabbitmq.certFile", "rabbitmq.keyFile":
                self = .withNewConnections
            default: self = .withRestart
            }
        }
    }

    /// - Throws: ``AdminEnd`` with `wrong-state` and all that is wrong; the old settings stay in force then.
    func reload() throws -> [Change] {
        notifier.reloading()
        // systemd waits for this also when nothing came of it.
        defer { notifier.ready(status: health.summary) }
        let (new, database, broker): (SharedConfiguration, ConnectionOptions, BrokerOptions)
        do {
            new = try read()
            database = try new.database.options(for: program)
            broker = try new.broker.options(for: program)
            // Otherwise found out when the next connection is made, and the settings that worked are gone.
            try database.checkFiles()
            try broker.checkFiles()
        } catch {
            throw refusal((error as? ConfigurationError)?.problems ?? ["\(error)"])
        }
        let changes = zip(values.entries, new.values.entries).filter { !$0.hasValue(of: $1) }.map { old, new in
            Change(
                key: new.setting.key, before: old.shownText, now: new.shownText,
                effect: Effect(of: new.setting.key))
        }
        LogThreshold.shared.configure(new.log.level)
        running.database.credentials.value = database.credentialKeywords
        running.broker.latest.value = broker
        values = new.values
        logger.notice("Configuration reloaded", metadata: ["changes": "\(changes.count)"])
        return changes
    }

    private func refusal(_ problems: [String]) -> AdminEnd {
        for problem in problems {
            logger.error(
                "The configuration was not reloaded", metadata: .kind(.reloadRefused, ["problem": "\(problem)"]))
        }
        return AdminEnd(.wrongState, "the old settings stay in force: " + problems.joined(separator: "; "))
    }
}
