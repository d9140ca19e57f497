public import Logging

/// Brings a database's schema up to what a program needs.
///
/// The migrations run in the order of their versions, each in a transaction together with its row in
/// `schema_migrations`: a failing one leaves nothing behind. An advisory lock of the database lets one process migrate
/// at a time; a second one waits, then finds nothing to do. A database that is newer than the program, or whose
/// migrations were changed since, is refused untouched.
public struct Migrator: Sendable {
    private let migrations: [Migration]
    private let patience: Duration

    /// - Parameters:
    ///   - migrations: All that the program knows, in any order.
    ///   - patience: How long one migration, or waiting for another process's, may take.
    public init(_ migrations: [Migration], patience: Duration = .seconds(600)) {
        self.migrations = migrations
        self.patience = patience
    }

    /// The migrations that the database lacks. Changes nothing and takes no lock.
    ///
    /// - Throws: ``PostgresError/Code/schemaNewer``, ``PostgresError/Code/migrationChecksum``, or what a query throws.
    public func pending(on connection: Connection) throws(PostgresError) -> [Migration] {
        let exists: Bool = try connection.query("SELECT to_regclass('schema_migrations') IS NOT NULL").only().get(0)
        guard exists else { return try MigrationPlan.pending(known: migrations, applied: []) }
        var applied: [MigrationPlan.Applied] = []
        for row in try connection.query("SELECT version, name, checksum FROM schema_migrations ORDER BY version") {
            let (version, name, checksum) = try row.decode(Int.self, String.self, String.self)
            applied.append(.init(version: version, name: name, checksum: checksum))
        }
        return try MigrationPlan.pending(known: migrations, applied: applied)
    }

    /// Applies what the database lacks.
    ///
    /// - Returns: The migrations that were applied now.
    @discardableResult
    public func apply(on connection: Connection, logger: Logger) throws -> [Migration] {
        // A migration takes what time it takes; the server's backstop is for queries.
        try connection.execute(script: "SET statement_timeout = 0")
        try connection.query("SELECT 1 FROM pg_advisory_lock($1)", Self.lock, deadline: patience)
        let outcome = Result { try applyLocked(on: connection, logger: logger) }
        do throws(PostgresError) {
            try connection.query("SELECT pg_advisory_unlock($1)", Self.lock)
            try connection.execute(script: "RESET statement_timeout")
        } catch {
            // The server lets go of both with the connection; what failed first is what counts.
            connection.close()
        }
        return try outcome.get()
    }

    private func applyLocked(on connection: Connection, logger: Logger) throws -> [Migration] {
        let pending = try pending(on: connection)
        if pending.isEmpty { return [] }
        try connection.execute(
            script: """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    version    bigint PRIMARY KEY,
                    name       text NOT NULL,
                    checksum   text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """)
        for migration in pending {
            try apply(migration, on: connection)
            logger.notice(
                "Migration applied", metadata: ["version": "\(migration.version)", "name": "\(migration.name)"])
        }
        return pending
    }

    private func apply(_ migration: Migration, on connection: Connection) throws {
        do {
            try connection.transaction(deadline: patience) { transaction in
                try transaction.execute(script: migration.sql)
                try transaction.enqueue(
                    "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                    migration.version, migration.name, migration.checksum)
            }
        } catch var error as PostgresError {
            error.message = "migration \(migration.version) (\(migration.name)): \(error.message)"
            throw error
        }
    }

    /// The advisory lock's number, the same in every program: "tradepos" in ASCII.
    private static let lock: Int64 = 0x7472_6164_6570_6F73
}
