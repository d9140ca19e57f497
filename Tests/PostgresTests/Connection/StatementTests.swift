import FoundationEssentials
import Logging
import Synchronization
import Testing
import Threads

@testable import Postgres

@Suite("A statement is prepared once, and again when it must be")
struct StatementTests {
    private func preparedCount(_ connection: Connection) throws -> Int {
        try connection.query("SELECT count(*) FROM pg_prepared_statements WHERE statement NOT LIKE '%count%'")
            .only().get(0)
    }

    @Test("the names of statements are given out once for each text and parameter types")
    func names() {
        var prepared = PreparedStatements(most: 3)
        let key = PreparedKey(statement: "SELECT $1", types: [20])
        guard case .prepare(let first) = prepared.use(key), case .ready(first) = prepared.use(key) else {
            Issue.record("a statement is prepared at its first use and ready at its second")
            return
        }
        guard case .prepare(let other) = prepared.use(PreparedKey(statement: "SELECT $1", types: [25])) else {
            Issue.record("other types need another preparation")
            return
        }
        #expect(first != other)
        prepared.forget(key)
        guard case .prepare(let again) = prepared.use(key) else {
            Issue.record("a forgotten one is prepared anew")
            return
        }
        #expect(again != first && again != other)
    }

    @Test("too many statements lead to a fresh start instead of growth")
    func bounded() throws {
        var prepared = PreparedStatements(most: 2)
        _ = prepared.use(PreparedKey(statement: "a", types: []))
        #expect(!prepared.needsReset)
        _ = prepared.use(PreparedKey(statement: "b", types: []))
        #expect(prepared.needsReset)
        prepared.reset()
        #expect(!prepared.needsReset)

        let connection = try Server.connect()
        connection.prepared = PreparedStatements(most: 10)
        for number in 0..<50 {
            let row = try connection.query(Statement("SELECT \(number)::int8")).only()
            #expect(try row.get(0) == number)
        }
        #expect(try preparedCount(connection) <= 10)
    }

    @Test("used twice, prepared once; with other parameter types, once more")
    func preparedOnce() throws {
        let connection = try Server.connect()
        for number in [1, 2, 3] { #expect(try connection.query("SELECT $1", number).only().get(0) == number) }
        #expect(try preparedCount(connection) == 1)
        #expect(try connection.query("SELECT $1", "text").only().get(0) == "text")
        #expect(try preparedCount(connection) == 2)
    }

    @Test("a statement that could not be prepared is prepared when its time has come")
    func failedPreparation() throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            let error = #expect(throws: PostgresError.self) { try connection.query("SELECT id FROM later") }
            #expect(error?.sqlState == .undefinedTable)
            try connection.execute(script: "CREATE TABLE later (id int8); INSERT INTO later VALUES (7)")
            let id: Int = try connection.query("SELECT id FROM later").only().get(0)
            #expect(id == 7)
        }
    }

    @Test("a statement whose preparation was skipped after an earlier error is prepared when used again")
    func skippedPreparation() throws {
        let connection = try Server.connect()
        #expect(throws: PostgresError.self) {
            try connection.transaction { transaction in
                try transaction.enqueue("SELECT 1/0")
                try transaction.query("SELECT 'skipped'")
            }
        }
        #expect(try connection.query("SELECT 'skipped'").only().get(0) == "skipped")
    }

    @Test("a statement whose result type changed is prepared anew: at once outside a transaction, next time inside one")
    func changedResultType() throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            let all: Statement = "SELECT * FROM thing"
            try connection.execute(script: "CREATE TABLE thing (a int8); INSERT INTO thing VALUES (1)")
            #expect(try connection.query(all).only().columnCount == 1)

            try connection.execute(script: "ALTER TABLE thing ADD COLUMN b int8")
            #expect(try connection.query(all).only().columnCount == 2)

            try connection.execute(script: "ALTER TABLE thing ADD COLUMN c int8")
            let error = #expect(throws: PostgresError.self) { try connection.transaction { try $0.query(all) } }
            #expect(error?.isTransient == true)
            let columns = try connection.transaction { try $0.query(all).only().columnCount }
            #expect(columns == 3)
        }
    }

    @Test("statements that somebody deallocated are prepared anew")
    func deallocated() throws {
        let connection = try Server.connect()
        #expect(try connection.query("SELECT 'here'").only().get(0) == "here")
        try connection.execute(script: "DEALLOCATE ALL")
        #expect(try connection.query("SELECT 'here'").only().get(0) == "here")
    }

    @Test("a script with an error reports it, undoes itself, and leaves the connection usable")
    func scripts() throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            let error = #expect(throws: PostgresError.self) {
                try connection.execute(script: "CREATE TABLE a (); CREATE TABLE b (; SELECT 1")
            }
            #expect(error?.sqlState == .syntaxError)
            let absent: Bool = try connection.query("SELECT to_regclass('a') IS NULL").only().get(0)
            #expect(absent)
            let copy = #expect(throws: PostgresError.self) {
                try connection.execute(script: "COPY (SELECT 1) TO STDOUT")
            }
            #expect(copy?.code == .misuse)
        }
    }

    @Test("what the server mentions goes to the logger, at debug level")
    func notices() throws {
        let heard = Heard()
        let connection = try Connection(
            Server.options(), interrupt: Interrupt(), logger: Logger(label: "test") { _ in heard })
        try connection.execute(script: "DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING 'there'; END $$")
        #expect(heard.lines.withLock { $0 } == ["debug hello", "debug there"])
    }

    /// Remembers the notices that were logged.
    private final class Heard: LogHandler {
        let lines = Mutex<[String]>([])

        func log(event: LogEvent) {
            let notice = event.metadata?["notice"].map { "\($0)" } ?? ""
            lines.withLock { $0.append("\(event.level) \(notice)") }
        }

        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
    }
}
