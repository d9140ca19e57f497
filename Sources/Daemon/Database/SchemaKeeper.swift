import Logging
import Postgres
import Threads

/// Brings a database's tables up to date, on a thread of its own, since libpq blocks.
actor SchemaKeeper {
    private let executor: ThreadExecutor
    private let options: ConnectionOptions
    private let migrations: [Migration]
    private let migrator: Migrator
    private let interrupt: Interrupt
    private let logger: Logger

    init(_ migrations: [Migration], options: ConnectionOptions, interrupt: Interrupt, logger: Logger) throws {
        executor = try ThreadExecutor(name: "migrations")
        self.options = options
        self.migrations = migrations.sorted { $0.version < $1.version }
        migrator = Migrator(migrations)
        self.interrupt = interrupt
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Applies what is missing.
    ///
    /// - Returns: What was applied.
    func migrate() throws -> [Migration] {
        let connection = try Connection(options, interrupt: interrupt, logger: logger)
        defer { connection.close() }
        return try migrator.apply(on: connection, logger: logger)
    }

    /// What this program knows, and which of it the database lacks.
    func state() throws -> (known: [Migration], pending: [Migration]) {
        (migrations, try pending())
    }

    /// What is missing; changes nothing.
    func pending() throws -> [Migration] {
        let connection = try Connection(options, interrupt: interrupt, logger: logger)
        defer { connection.close() }
        return try migrator.pending(on: connection)
    }
}

extension PostgresError {
    /// Whether the database and this program don't belong together, so that trying again is of no use.
    var isSchemaMismatch: Bool {
        [.schemaNewer, .migrationChecksum, .migrationInvalid].contains(code)
    }
}
