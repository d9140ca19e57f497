import Testing
import Threads

@testable import Postgres

@Suite("A transaction is whole or nothing")
struct TransactionTests {
    private struct Refusal: Error {}

    private func withTable(_ body: (Connection, TestDatabase) throws -> Void) throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            try connection.execute(
                script: """
                    CREATE TABLE product (
                        id int PRIMARY KEY,
                        stock int NOT NULL CONSTRAINT stock_not_negative CHECK (stock >= 0)
                    );
                    INSERT INTO product VALUES (1, 10);
                    """)
            try body(connection, database)
        }
    }

    private func expectStock(_ expected: [Int], _ connection: Connection) throws {
        let stock = try connection.query("SELECT stock FROM product ORDER BY id").decode(Int.self)
        #expect(stock == expected)
    }

    @Test("what the closure asks and enqueues is committed together")
    func commit() throws {
        try withTable { connection, _ in
            let before = try connection.transaction { transaction in
                let stock: Int = try transaction.query("SELECT stock FROM product WHERE id = $1 FOR UPDATE", 1).only()
                    .get(0)
                try transaction.enqueue("UPDATE product SET stock = stock - $1 WHERE id = 1", 3)
                try transaction.enqueue("INSERT INTO product VALUES ($1, $2)", 2, 20)
                return stock
            }
            #expect(before == 10)
            try expectStock([7, 20], connection)
        }
    }

    @Test("several queries in one round trip give their results in order, after what was enqueued")
    func queryAll() throws {
        try withTable { connection, _ in
            try connection.transaction { transaction in
                try transaction.enqueue("UPDATE product SET stock = 4")
                let results = try transaction.queryAll([
                    ("SELECT stock FROM product", []), ("SELECT $1", ["second"]),
                    ("UPDATE product SET stock = $1", [5]),
                ])
                #expect(results.count == 3)
                #expect(try results[0].only().get(0) == 4)
                #expect(try results[1].only().get(0) == "second")
                #expect(results[2].affected == 1)
            }
            try expectStock([5], connection)
        }
    }

    @Test("what is flushed is worked on before anybody waits for it, and counts with the rest")
    func flush() throws {
        try withTable { connection, database in
            let other = try database.connect()
            try connection.transaction { transaction in
                try transaction.enqueue("UPDATE product SET stock = 4 WHERE id = 1")
                try transaction.flush()
                // Until the row is seen to be locked.
                while (try? other.query("SELECT FROM product WHERE id = 1 FOR UPDATE NOWAIT")) != nil {}
                let stock: Int = try transaction.query("SELECT stock FROM product").only().get(0)
                #expect(stock == 4)
            }
            try expectStock([4], connection)
        }
    }

    @Test("more than the socket holds can be flushed without waiting, again and again")
    func flushMuch() throws {
        try withTable { connection, _ in
            let much = String(repeating: "x", count: 8 << 20)
            try connection.transaction { transaction in
                for number in 2...6 {
                    try transaction.enqueue("INSERT INTO product VALUES ($1, length($2))", number, much)
                    try transaction.flush()
                }
            }
            try expectStock([10] + Array(repeating: 8 << 20, count: 5), connection)
        }
    }

    @Test("what fails after a flush shows with the next query or with COMMIT, and nothing of it stays")
    func flushedFailure() throws {
        try withTable { connection, _ in
            for asks in [true, false] {
                let error = #expect(throws: PostgresError.self) {
                    try connection.transaction { transaction in
                        try transaction.enqueue("INSERT INTO product VALUES (2, 20)")
                        try transaction.enqueue("UPDATE product SET stock = -1 WHERE id = 1")
                        try transaction.flush()
                        if asks { try transaction.query("SELECT 1") }
                    }
                }
                #expect(error?.constraint == "stock_not_negative")
                #expect(error?.outcomeUnknown == false)
                #expect(connection.isUsable)
                try expectStock([10], connection)
            }
        }
    }

    @Test("a closure that throws after a flush leaves nothing behind, and the connection usable")
    func rollbackAfterFlush() throws {
        try withTable { connection, _ in
            #expect(throws: Refusal.self) {
                try connection.transaction { transaction in
                    try transaction.enqueue("UPDATE product SET stock = 0")
                    try transaction.flush()
                    throw Refusal()
                }
            }
            #expect(connection.isUsable)
            try expectStock([10], connection)
        }
    }

    @Test("a closure that throws leaves nothing behind, and its error comes out as it is")
    func rollback() throws {
        try withTable { connection, _ in
            #expect(throws: Refusal.self) {
                try connection.transaction { transaction in
                    try transaction.query("UPDATE product SET stock = 0")
                    try transaction.enqueue("DELETE FROM product")
                    throw Refusal()
                }
            }
            try expectStock([10], connection)
        }
    }

    @Test("an error in the pipeline undoes all of it; the connection stays usable, constraint and table are named")
    func failureInPipeline() throws {
        try withTable { connection, _ in
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction { transaction in
                    try transaction.enqueue("INSERT INTO product VALUES (2, 20)")
                    try transaction.enqueue("UPDATE product SET stock = stock - 11 WHERE id = 1")
                    try transaction.enqueue("INSERT INTO product VALUES (3, 30)")
                }
            }
            #expect(error?.code == .server)
            #expect(error?.sqlState == .checkViolation)
            #expect(error?.sqlState?.class == "23")
            #expect(error?.constraint == "stock_not_negative")
            #expect(error?.table == "product")
            #expect(error?.outcomeUnknown == false)
            #expect(error?.isTransient == false)
            #expect(error?.description.contains("-1") == false, "stored data belongs into the detail")
            #expect(connection.isUsable)
            try expectStock([10], connection)
        }
    }

    @Test("after an error that the closure swallows, the transaction is rolled back and the error thrown")
    func swallowedError() throws {
        try withTable { connection, _ in
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction { transaction in
                    try transaction.query("UPDATE product SET stock = 1")
                    _ = try? transaction.query("INSERT INTO product VALUES (1, 1)")
                }
            }
            #expect(error?.sqlState == .uniqueViolation)
            try expectStock([10], connection)
        }
    }

    @Test("a deferred constraint fails at COMMIT, with its name")
    func deferredConstraint() throws {
        try withTable { connection, _ in
            try connection.execute(
                script:
                    "CREATE TABLE line (product int CONSTRAINT known REFERENCES product DEFERRABLE INITIALLY DEFERRED)")
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction { try $0.query("INSERT INTO line VALUES (99)") }
            }
            #expect(error?.sqlState == .foreignKeyViolation)
            #expect(error?.constraint == "known")
            #expect(error?.outcomeUnknown == false)
            try expectStock([10], connection)
        }
    }

    @Test("a closure that sends nothing costs no round trip; one that only writes costs one; query, then write, two")
    func roundTrips() throws {
        try withTable { connection, database in
            let relay = try Relay(to: database.options)
            let watched = try Connection(relay.options(database.options), interrupt: .init(), logger: quiet)
            // The handshake is over once the connection stands, and each Sync is answered by one ReadyForQuery.
            func trips(_ body: (Transaction) throws -> Void) throws -> Int {
                let before = relay.syncs
                try watched.transaction(body)
                return relay.syncs - before
            }
            #expect(try trips { _ in } == 0)
            #expect(try trips { try $0.enqueue("UPDATE product SET stock = 3") } == 1)
            #expect(
                try trips {
                    try $0.query("SELECT FROM product FOR UPDATE")
                    try $0.enqueue("UPDATE product SET stock = 2")
                    try $0.enqueue("UPDATE product SET stock = 1")
                } == 2)
            try expectStock([1], connection)
        }
    }

    @Test("a transaction is refused after its closure, a connection inside one")
    func misuse() throws {
        try withTable { connection, _ in
            var escaped: Transaction?
            try connection.transaction { transaction in
                escaped = transaction
                let error = #expect(throws: PostgresError.self) { try connection.query("SELECT 1") }
                #expect(error?.code == .misuse)
            }
            let error = #expect(throws: PostgresError.self) { try escaped?.query("SELECT 1") }
            #expect(error?.code == .misuse)
        }
    }

    @Test("text with a NUL is refused before it reaches the server, and rolls back what was sent")
    func nul() throws {
        try withTable { connection, _ in
            let error = #expect(throws: PostgresError.self) {
                try connection.transaction { transaction in
                    try transaction.query("UPDATE product SET stock = 1")
                    try transaction.enqueue("SELECT $1", "a\0b")
                }
            }
            #expect(error?.code == .encoding)
            try expectStock([10], connection)
        }
    }
}
