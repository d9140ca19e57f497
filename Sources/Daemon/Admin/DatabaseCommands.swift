import AdminChannel
import Commerce
import Postgres

/// How the database is, and bringing its tables up to date. They need no connection of the pool that requests use.
struct DatabaseCommands: Sendable {
    let pool: PostgresPool
    let schema: SchemaKeeper

    var all: [AdminCommand] { [status, migrate] }

    private static let overview: Statement = """
        SELECT current_setting('server_version'), current_database()::text, pg_is_in_recovery(),
               pg_database_size(current_database()),
               (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
               current_setting('max_connections')::bigint,
               (SELECT extract(epoch FROM max(now() - xact_start))::bigint FROM pg_stat_activity
                WHERE datname = current_database()),
               current_setting('fsync'), current_setting('synchronous_commit')
        """

    private var status: AdminCommand {
        AdminCommand("db status", role: .viewer, "The database: version, size, connections, and its migrations.") {
            _, reply in
            let overview = try await asking { try $0.query(Self.overview, deadline: .seconds(5)).only() }
            let (known, pending) = try await schema.state()
            try await reply.row { json in
                for (name, value) in overview {
                    json.dynamicName(name)
                    json.value(value)
                }
                json.name("schemaVersion")
                json.integer(known.last { !pending.contains($0) }?.version ?? 0)
                json.name("pendingMigrations")
                json.integer(pending.count)
            }
            return pending.isEmpty ? .ok("up to date") : .ok("\(pending.count) migrations are missing: db migrate")
        }
    }

    private var migrate: AdminCommand {
        AdminCommand("db migrate", role: .admin, "Bring the tables up to date.", isMutation: true) { _, reply in
            let applied: [Migration]
            do {
                applied = try await schema.migrate()
            } catch let error as PostgresError where error.isSchemaMismatch {
                throw AdminEnd(.wrongState, "\(error)")
            }
            for migration in applied {
                try await reply.row { json in
                    json.name("version")
                    json.integer(migration.version)
                    json.name("name")
                    json.string(migration.name)
                }
            }
            return .ok(applied.isEmpty ? "up to date" : "\(applied.count) migrations applied")
        }
    }

    private func asking(_ row: @escaping @Sendable (Connection) throws -> Row) async throws -> [(String, JSON)] {
        try await pool.withConnection { connection in
            let (version, database, inRecovery, size, connections, most, oldest, fsync, synchronousCommit) =
                try row(connection).decode(
                    String.self, String.self, Bool.self, Int64.self, Int64.self, Int64.self, Int64?.self,
                    String.self, String.self)
            return [
                ("server", .string(version)), ("database", .string(database)), ("isStandby", .bool(inRecovery)),
                ("sizeBytes", .number("\(size)")), ("connections", .number("\(connections)")),
                ("maximumConnections", .number("\(most)")),
                ("oldestTransactionSeconds", .number("\(oldest ?? 0)")), ("fsync", .string(fsync)),
                ("synchronousCommit", .string(synchronousCommit)),
            ]
        }
    }
}
