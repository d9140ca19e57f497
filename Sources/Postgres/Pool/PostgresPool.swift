import FoundationEssentials
public import Logging
public import ServiceLifecycle
import Synchronization
import Threads

/// A fixed number of connections, each on a thread of its own, lent to one caller at a time.
///
/// A caller waits for a connection no longer than `waitTimeout`, in a queue no longer than `maximumWaiting`, and not at
/// all while the database cannot be reached: each of these is a typed error at once. ``run()`` makes the connections and
/// makes broken ones anew, with backoff; without it running there are none.
///
/// A caller that is cancelled leaves the queue. Work that has begun is not cut off: its own deadline bounds it, and
/// shutting down lets it finish.
public final class PostgresPool: Service, Sendable {
    let shared: Mutex<Shared>
    let tasks: AsyncStream<UpkeepTask>
    let upkeep: AsyncStream<UpkeepTask>.Continuation
    let name: String
    let waitTimeout: Duration
    let logger: Logger

    struct Shared {
        var ledger: PoolLedger
        var connections: [PooledConnection]
        var callers: [Int: CheckedContinuation<Lease, any Error>] = [:]
        var lastCaller = 0

        mutating func nextCaller() -> Int {
            lastCaller += 1
            return lastCaller
        }

        func lease(_ number: Int) -> Lease {
            Lease(number: number, connection: connections[number])
        }

        /// Who gets a connection that was given back, and that connection.
        mutating func taker(
            after action: PoolLedger.Return
        ) -> (caller: CheckedContinuation<Lease, any Error>, lease: Lease)? {
            guard case .lease(let number, let caller) = action else { return nil }
            return callers.removeValue(forKey: caller).map { ($0, lease(number)) }
        }

        /// `nil` once the pool has let go of its threads.
        func connection(_ number: Int) -> PooledConnection? {
            connections.indices.contains(number) ? connections[number] : nil
        }
    }

    struct Lease: Sendable {
        let number: Int
        let connection: PooledConnection
    }

    enum UpkeepTask {
        case connect(Int)
        case close(Int)

        var number: Int {
            switch self {
            case .connect(let number), .close(let number): number
            }
        }
    }

    /// Starts the threads; ``run()`` connects them.
    ///
    /// - Parameters:
    ///   - options: Where to connect.
    ///   - name: For threads, logs and errors.
    ///   - size: How many connections.
    ///   - maximumWaiting: How many callers may wait for a connection at one time.
    ///   - waitTimeout: How long each may wait.
    ///   - logger: Hears when the database is lost and when it is back.
    /// - Throws: When the system has no thread or descriptor left.
    public init(
        _ options: ConnectionOptions, name: String, size: Int, maximumWaiting: Int = 1_000,
        waitTimeout: Duration = .seconds(5), logger: Logger
    ) throws {
        let connections = try (0..<max(size, 1)).map { number in
            try PooledConnection(options, threadName: "pg-\(name)-\(number)", logger: logger)
        }
        shared = Mutex(
            Shared(
                ledger: PoolLedger(name: name, size: connections.count, mostWaiting: maximumWaiting),
                connections: connections))
        (tasks, upkeep) = AsyncStream.makeStream()
        for number in connections.indices { upkeep.yield(.connect(number)) }
        self.name = name
        self.waitTimeout = waitTimeout
        self.logger = logger
    }

    /// Runs a closure in a transaction on one of the pool's threads: see ``Connection/transaction(deadline:_:)``.
    ///
    /// The deadline counts from when the caller has its connection.
    @discardableResult
    public func transaction<R: Sendable>(
        deadline: Duration = Connection.defaultDeadline, _ body: @Sendable (Transaction) throws -> R
    ) async throws -> R {
        try await withConnection { connection in try connection.transaction(deadline: deadline, body) }
    }

    /// Runs a closure with a connection on one of the pool's threads.
    @discardableResult
    public func withConnection<R: Sendable>(_ body: @Sendable (Connection) throws -> R) async throws -> R {
        let lease = try await lease()
        let (outcome, isUsable) = await lease.connection.run(body)
        giveBack(lease.number, usable: isUsable)
        return try outcome.get()
    }

    /// What the pool can do right now.
    public var state: PoolState {
        shared.withLock { $0.ledger.state }
    }
}
