import Logging
import Threads

/// One connection of a pool, on a thread of its own.
actor PooledConnection {
    /// Fired to end whatever the connection is doing, for good.
    nonisolated let interrupt: Interrupt

    private let executor: ThreadExecutor
    private let options: ConnectionOptions
    private let logger: Logger
    private var connection: Connection?

    init(_ options: ConnectionOptions, threadName: String, logger: Logger) throws {
        interrupt = try Interrupt()
        executor = try ThreadExecutor(name: threadName)
        self.options = options
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func connect() throws(PostgresError) {
        connection = nil
        connection = try Connection(options, interrupt: interrupt, logger: logger)
    }

    /// Runs a piece of work. A connection that broke while it was idle is made anew first, once: nothing was sent yet.
    ///
    /// - Returns: How the work ended, and whether the connection can be used again.
    func run<R: Sendable>(
        _ work: @Sendable (Connection) throws -> R
    ) -> (outcome: Result<R, any Error>, isUsable: Bool) {
        let outcome = Result {
            if !isUsable { try connect() }
            guard let connection else { throw PostgresError(.connectionLost, "there is no connection") }
            return try work(connection)
        }
        return (outcome, isUsable)
    }

    var isUsable: Bool {
        connection?.isUsable ?? false
    }

    func close() {
        connection?.close()
        connection = nil
    }
}
