import FoundationEssentials
import Logging
import Threads

@testable import Postgres

/// A database that one test has for itself, on the server that `make test` started.
struct TestDatabase {
    let options: ConnectionOptions
    let name: String

    /// Makes a database, lends it and drops it, with whoever is still connected to it.
    static func with<R>(_ body: (TestDatabase) throws -> R) throws -> R {
        let (database, administrator) = try make()
        defer { try? database.drop(administrator) }
        return try body(database)
    }

    static func with<R>(
        isolation: isolated (any Actor)? = #isolation, _ body: (TestDatabase) async throws -> R
    ) async throws -> R {
        let database = try make().database
        do {
            let result = try await body(database)
            try database.drop(Server.connect())
            return result
        } catch {
            try? database.drop(Server.connect())
            throw error
        }
    }

    private static func make() throws -> (database: TestDatabase, administrator: Connection) {
        let name = "test_\(UInt64.random(in: 0...UInt64.max))"
        let administrator = try Server.connect()
        try administrator.execute(script: "CREATE DATABASE \(name)", deadline: .seconds(60))
        return (TestDatabase(options: try Server.options(["dbname": name]), name: name), administrator)
    }

    private func drop(_ administrator: Connection) throws {
        try administrator.execute(script: "DROP DATABASE \(name) WITH (FORCE)", deadline: .seconds(60))
    }

    func connect(interrupt: Interrupt? = nil) throws -> Connection {
        try Connection(options, interrupt: interrupt ?? Interrupt(), logger: quiet)
    }
}

/// The PostgreSQL server that the environment names.
enum Server {
    struct Missing: Error, CustomStringConvertible {
        var description: String {
            "TRADEPOST_TEST_POSTGRES names no server: run the tests with `make test`, which starts one"
        }
    }

    static func options(_ keywords: [String: String] = [:]) throws -> ConnectionOptions {
        guard let server = ProcessInfo.processInfo.environment["TRADEPOST_TEST_POSTGRES"] else { throw Missing() }
        return try ConnectionOptions(parsing: server, and: keywords)
    }

    static func connect() throws -> Connection {
        try Connection(options(), interrupt: Interrupt(), logger: quiet)
    }

    /// Ends another connection's server process and waits until it is gone.
    static func terminate(_ processID: Int32) throws {
        try connect().query("SELECT pg_terminate_backend($1, 10000)", processID)
    }

    /// How many statements that contain a text are being executed.
    static func running(_ text: String) throws -> Int {
        try connect().query(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE state = 'active' AND query LIKE '%' || $1 || '%' AND pid <> pg_backend_pid()
            """, text
        ).only().get(0)
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs blocking code beside the test, on a thread of its own.
actor Beside {
    private let executor: ThreadExecutor

    init() throws {
        executor = try ThreadExecutor(name: "beside")
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func run<R: Sendable>(_ body: @Sendable () throws -> R) throws -> R {
        try body()
    }
}
