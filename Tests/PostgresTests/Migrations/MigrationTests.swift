import Testing

@testable import Postgres

@Suite("Migrations bring a database to where a program needs it, once")
struct MigrationTests {
    private let first = Migration(
        version: 1, name: "first", sql: "CREATE TABLE one (id int); INSERT INTO one VALUES (1);")
    private let second = Migration(version: 2, name: "second", sql: "ALTER TABLE one ADD COLUMN note text DEFAULT 'x'")
    private let broken = Migration(version: 3, name: "broken", sql: "CREATE TABLE three (); SELECT 1/0")

    private func applied(_ migrations: Migration...) -> [MigrationPlan.Applied] {
        migrations.map { .init(version: $0.version, name: $0.name, checksum: $0.checksum) }
    }

    private func code(_ work: () throws -> Void) -> PostgresError.Code? {
        #expect(throws: PostgresError.self) { try work() }?.code
    }

    @Test("what is not applied is pending, in the order of versions")
    func plan() throws {
        #expect(try MigrationPlan.pending(known: [second, first], applied: []) == [first, second])
        #expect(try MigrationPlan.pending(known: [second, first], applied: applied(first)) == [second])
        #expect(try MigrationPlan.pending(known: [first], applied: applied(first)).isEmpty)
    }

    @Test("a changed, an unknown, a late and a doubled migration are refused")
    func refusals() {
        let changed = Migration(version: 1, name: "first", sql: first.sql + " ")
        #expect(code { _ = try MigrationPlan.pending(known: [changed], applied: applied(first)) } == .migrationChecksum)
        #expect(code { _ = try MigrationPlan.pending(known: [first], applied: applied(first, second)) } == .schemaNewer)
        #expect(
            code { _ = try MigrationPlan.pending(known: [first, second], applied: applied(second)) }
                == .migrationInvalid)
        #expect(code { _ = try MigrationPlan.pending(known: [first, changed], applied: []) } == .migrationInvalid)
    }

    @Test("a checksum is the SHA-256 of the text")
    func checksum() {
        let abc = Migration(version: 1, name: "", sql: "abc")
        #expect(abc.checksum == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("pending ones are applied once; applying again does nothing")
    func apply() throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            let migrator = Migrator([first, second])
            #expect(try migrator.pending(on: connection) == [first, second])
            #expect(try migrator.apply(on: connection, logger: quiet) == [first, second])
            #expect(try migrator.pending(on: connection).isEmpty)
            #expect(try migrator.apply(on: connection, logger: quiet).isEmpty)
            let (id, note) = try connection.query("SELECT id, note FROM one").only().decode(Int.self, String.self)
            #expect(id == 1 && note == "x")
            let locks: Int = try connection.query(
                """
                SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
                WHERE locktype = 'advisory' AND datname = current_database()
                """
            ).only().get(0)
            #expect(locks == 0)
            let timeout: String = try connection.query("SHOW statement_timeout").only().get(0)
            #expect(timeout == "1min", "the server's backstop is back")
        }
    }

    @Test("a failing migration leaves nothing of itself and keeps those before it; repaired, it goes through")
    func failing() throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            let error = #expect(throws: PostgresError.self) {
                try Migrator([first, second, broken]).apply(on: connection, logger: quiet)
            }
            #expect(error?.sqlState?.class == "22")
            #expect(error?.message.contains("broken") == true, "\(String(describing: error))")
            let gone: Bool = try connection.query("SELECT to_regclass('three') IS NULL").only().get(0)
            #expect(gone)
            #expect(try Migrator([first, second]).pending(on: connection).isEmpty)
            let repaired = Migration(version: 3, name: "broken", sql: "CREATE TABLE three ()")
            #expect(try Migrator([first, second, repaired]).apply(on: connection, logger: quiet) == [repaired])
        }
    }

    @Test("a migration that ends its own transaction is refused", arguments: ["COMMIT", "ROLLBACK", "COMMIT; BEGIN"])
    func endsTransaction(ending: String) throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            let escaping = Migration(version: 1, name: "escaping", sql: "CREATE TABLE escaped (); \(ending);")
            #expect(code { try Migrator([escaping]).apply(on: connection, logger: quiet) } == .migrationInvalid)
            #expect(connection.isUsable)
        }
    }

    @Test("a newer schema and a changed migration are refused, and nothing is applied")
    func refusedOnServer() throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            try Migrator([first, second]).apply(on: connection, logger: quiet)
            #expect(code { try Migrator([first]).apply(on: connection, logger: quiet) } == .schemaNewer)
            let changed = Migration(version: 2, name: "second", sql: "SELECT 1")
            let third = Migration(version: 3, name: "third", sql: "CREATE TABLE three ()")
            #expect(
                code { try Migrator([first, changed, third]).apply(on: connection, logger: quiet) }
                    == .migrationChecksum)
            let untouched: Bool = try connection.query("SELECT to_regclass('three') IS NULL").only().get(0)
            #expect(untouched)
        }
    }

    @Test("processes that migrate at the same time all succeed, and each migration runs once")
    func concurrent() async throws {
        try await TestDatabase.with { database in
            let migrations = [
                first, second, Migration(version: 3, name: "slow", sql: "SELECT pg_sleep(0.2); CREATE TABLE three ()"),
            ]
            let applied = try await withThrowingTaskGroup(of: [Migration].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await Beside().run {
                            try Migrator(migrations).apply(on: database.connect(), logger: quiet)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.map(\.version).sorted() == [1, 2, 3])
        }
    }
}
