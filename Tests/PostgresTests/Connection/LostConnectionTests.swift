import TestSupport
import Testing
import Threads

@testable import Postgres

@Suite("A lost connection says what became of the work")
struct LostConnectionTests {
    /// A table, and a trigger at COMMIT that a test can make last.
    private static let slowCommit = """
        CREATE TABLE entry (note text);
        CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_sleep(60) /* lingering at commit */; RETURN NULL; END $$;
        CREATE TABLE slow (note text);
        CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON slow
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION linger();
        """

    private func withEntries(_ body: (TestDatabase, Connection) throws -> Void) throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            try connection.execute(script: Self.slowCommit)
            try body(database, connection)
        }
    }

    private func error(_ work: () throws -> Void) -> PostgresError? {
        #expect(throws: PostgresError.self) { try work() }
    }

    private func expectEntries(_ count: Int, in database: TestDatabase) throws {
        let found: Int = try database.connect().query("SELECT count(*) FROM entry").only().get(0)
        #expect(found == count)
    }

    @Test("ended by the server between two statements: known to have done nothing, with the server's reason")
    func terminatedBetweenStatements() throws {
        try withEntries { database, connection in
            let error = error {
                _ = try connection.transaction { transaction in
                    try transaction.execute("INSERT INTO entry VALUES ('lost')")
                    try Server.terminate(connection.processID)
                    try transaction.execute("SELECT 1")
                }
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.sqlState == .adminShutdown)
            #expect(error?.outcomeUnknown == false)
            #expect(error?.isTransient == true)
            #expect(!connection.isUsable)
            try expectEntries(0, in: database)
        }
    }

    @Test("ended by the server before COMMIT goes out: known to have done nothing")
    func terminatedBeforeCommit() throws {
        try withEntries { database, connection in
            let error = error {
                _ = try connection.transaction { transaction in
                    try transaction.execute("INSERT INTO entry VALUES ('lost')")
                    try Server.terminate(connection.processID)
                }
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.outcomeUnknown == false)
            try expectEntries(0, in: database)
        }
    }

    @Test("ended by the server during COMMIT: the outcome is unknown")
    func terminatedDuringCommit() async throws {
        try await TestDatabase.with { database in
            let setUp = try database.connect()
            try setUp.execute(script: Self.slowCommit)
            let beside = try Beside()
            let (said, tell) = AsyncStream.makeStream(of: Int32.self)
            async let outcome: PostgresError? = beside.run {
                let connection = try database.connect()
                tell.yield(connection.processID)
                do {
                    _ = try connection.transaction { try $0.execute("INSERT INTO slow VALUES ('?')") }
                    return nil
                } catch let error as PostgresError {
                    return error
                }
            }
            let processID = try #require(await said.first { _ in true })
            try await eventually("COMMIT runs") {
                try setUp.query(
                    "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", processID
                ).only().get(0) == 1
            }
            try Server.terminate(processID)
            let error = try await outcome
            #expect(error?.code == .connectionLost)
            #expect(error?.outcomeUnknown == true)
        }
    }

    @Test("a deadline during COMMIT leaves the outcome unknown; one before it does not")
    func deadlineDuringCommit() throws {
        try withEntries { _, connection in
            let error = error {
                _ = try connection.transaction(deadline: .milliseconds(200)) { transaction in
                    try transaction.execute("INSERT INTO slow VALUES ('?')")
                }
            }
            #expect(error?.code == .deadlineExceeded)
            #expect(error?.outcomeUnknown == true)
        }
    }

    @Test("COMMIT or its answer lost on the way: the outcome is unknown, and either may be true", arguments: [0, 1])
    func lineBreaksAtCommit(committed: Int) throws {
        try withEntries { database, _ in
            let relay = try Relay(to: database.options)
            let connection = try Connection(relay.options(database.options), interrupt: Interrupt(), logger: quiet)
            let error = error {
                _ = try connection.transaction { transaction in
                    try transaction.execute("INSERT INTO entry VALUES ('perhaps')")
                    relay.behave(committed == 1 ? .breakAfter("COMMIT") : .breakBefore("COMMIT"))
                }
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.outcomeUnknown == true)
            try expectEntries(committed, in: database)
        }
    }

    @Test("the line breaks at a query inside a transaction: known to have done nothing")
    func lineBreaksAtQuery() throws {
        try withEntries { database, _ in
            let relay = try Relay(to: database.options)
            let connection = try Connection(relay.options(database.options), interrupt: Interrupt(), logger: quiet)
            relay.behave(.breakAfter("INSERT"))
            let error = error {
                _ = try connection.transaction { try $0.execute("INSERT INTO entry VALUES ('lost')") }
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.outcomeUnknown == false)
            try expectEntries(0, in: database)
        }
    }

    @Test("the line breaks at a statement outside a transaction: the outcome is unknown")
    func lineBreaksOutsideTransaction() throws {
        try withEntries { database, _ in
            let relay = try Relay(to: database.options)
            let connection = try Connection(relay.options(database.options), interrupt: Interrupt(), logger: quiet)
            relay.behave(.breakAfter("INSERT"))
            let error = error { try connection.execute("INSERT INTO entry VALUES ('there')") }
            #expect(error?.code == .connectionLost)
            #expect(error?.outcomeUnknown == true)
            try expectEntries(1, in: database)
        }
    }
}
