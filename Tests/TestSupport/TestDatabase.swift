import Foundation
import Logging
public import Postgres
import Threads

/// A database of a test's own, on a server that others use too.
public struct TestDatabase: Sendable {
    public let name: String
    public let options: ConnectionOptions
    private let server: ConnectionOptions

    /// Creates an empty database with a name that nobody else has.
    public init(on servers: TestServers, prefix: String = "test") async throws {
        name = "\(prefix)_\(UUID().uuidString.replacing("-", with: "").lowercased().prefix(16))"
        server = try ConnectionOptions(parsing: servers["TRADEPOST_TEST_POSTGRES"])
        options = try ConnectionOptions(parsing: servers["TRADEPOST_TEST_POSTGRES"], and: ["dbname": name])
        let statement = "CREATE DATABASE \(name)"
        try await Session(server).use { try $0.execute(script: statement) }
    }

    public func drop() async throws {
        let statement = "DROP DATABASE IF EXISTS \(name) WITH (FORCE)"
        try await Session(server).use { try $0.execute(script: statement) }
    }

    /// Does something on a new connection.
    public func use<Value: Sendable>(_ body: @Sendable (Connection) throws -> Value) async throws -> Value {
        try await Session(options).use(body)
    }

    /// Does something to the server, over a connection to another database.
    public func useServer<Value: Sendable>(_ body: @Sendable (Connection) throws -> Value) async throws -> Value {
        try await Session(server).use(body)
    }

    /// The one number that a query gives.
    public func number(_ query: String) async throws -> Int64 {
        try await use { try $0.query(Statement(query)).only().decode(Int64.self) }
    }

    private actor Session {
        private let executor: ThreadExecutor
        private let options: ConnectionOptions

        init(_ options: ConnectionOptions) throws {
            executor = try ThreadExecutor(name: "test-database")
            self.options = options
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func use<Value: Sendable>(_ body: @Sendable (Connection) throws -> Value) throws -> Value {
            let connection = try Connection(options, interrupt: Interrupt(), logger: Logger(label: "test"))
            defer { connection.close() }
            return try body(connection)
        }
    }
}
