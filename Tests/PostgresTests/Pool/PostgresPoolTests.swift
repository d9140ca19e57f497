import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Threads

@testable import Postgres

@Suite("A pool lends its connections to one caller at a time, and not for ever")
struct PostgresPoolTests {
    private func with(
        _ options: ConnectionOptions? = nil, size: Int = 2, maximumWaiting: Int = 100,
        waitTimeout: Duration = .seconds(10), _ body: @Sendable (PostgresPool) async throws -> Void
    ) async throws {
        let pool = try PostgresPool(
            options ?? Server.options(), name: "test", size: size, maximumWaiting: maximumWaiting,
            waitTimeout: waitTimeout, logger: quiet)
        try await withThrowingTaskGroup { group in
            group.addTask { try await pool.run() }
            try await body(pool)
            group.cancelAll()
        }
    }

    private func code(_ work: () async throws -> Void) async -> PostgresError.Code? {
        await #expect(throws: PostgresError.self) { try await work() }?.code
    }

    /// Holds a connection until it is let go of.
    private final class Hold: Sendable {
        private let release: Interrupt
        init() throws { release = try Interrupt() }
        func letGo() { release.fire() }
        func take(_ pool: PostgresPool) async throws {
            try await pool.withConnection { [release] _ in release.wait(atMost: .seconds(20)) }
        }
    }

    @Test("a hundred callers share two connections")
    func sharing() async throws {
        try await with { pool in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await pool.transaction { try $0.query("SELECT $1", number).only().get(0) }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 4_950)
            #expect(pool.state.open <= 2)
            #expect(pool.state.busy == 0)
            #expect(pool.state.isConnected)
        }
    }

    @Test("waiting has an end, and the queue a length")
    func bounds() async throws {
        try await with(size: 1, maximumWaiting: 1, waitTimeout: .milliseconds(100)) { pool in
            try await eventually("it stands") { pool.state.isConnected }
            let hold = try Hold()
            async let held: Void = hold.take(pool)
            try await eventually("it is taken") { pool.state.busy == 1 }
            async let waiting = code { try await pool.withConnection { _ in } }
            try await eventually("one waits") { pool.state.waiting == 1 }
            #expect(await code { try await pool.withConnection { _ in } } == .poolExhausted)
            #expect(await waiting == .poolExhausted)
            #expect(pool.state.waiting == 0)
            hold.letGo()
            try await held
            try await pool.withConnection { _ in }
        }
    }

    @Test("a caller that is cancelled leaves the queue")
    func cancellation() async throws {
        try await with(size: 1) { pool in
            let hold = try Hold()
            async let held: Void = hold.take(pool)
            try await eventually("it is taken") { pool.state.busy == 1 }
            let caller = Task { try await pool.withConnection { _ in } }
            try await eventually("it waits") { pool.state.waiting == 1 }
            caller.cancel()
            await #expect(throws: CancellationError.self) { try await caller.value }
            #expect(pool.state.waiting == 0)
            hold.letGo()
            try await held
        }
    }

    @Test("connections that the server ended are made anew; no caller notices those that were idle")
    func recovery() async throws {
        try await TestDatabase.with { database in
            try await with(database.options, size: 3) { pool in
                try await eventually("all stand") { pool.state.open == 3 }
                let server = try database.connect()
                try server.query(
                    """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                    """)
                for _ in 0..<6 { try await pool.transaction { try $0.execute("SELECT 1") } }
                let code = await code {
                    try await pool.withConnection { connection in
                        try Server.terminate(connection.processID)
                        try connection.execute("SELECT 1")
                    }
                }
                #expect(code == .connectionLost)
                try await eventually("all stand again") { pool.state.open == 3 }
            }
        }
    }

    @Test("without a server callers are refused at once, and served again once it is back")
    func outage() async throws {
        let relay = try Relay(to: Server.options())
        try await with(relay.options(Server.options()), waitTimeout: .seconds(60)) { pool in
            try await pool.transaction { try $0.execute("SELECT 1") }
            relay.goDown()
            try await eventually("the pool knows why") {
                guard case .unavailable(let reason, _) = pool.state.availability else { return false }
                return reason.contains("check DB_HOST and DB_PORT")
            }
            let start = ContinuousClock.now
            #expect(await code { try await pool.withConnection { _ in } } == .connectFailed)
            #expect(.now - start < .seconds(30), "it has not waited its turn")
            try relay.comeBack()
            try await eventually("the pool is back") { pool.state.open == 2 }
            try await pool.transaction { try $0.execute("SELECT 1") }
        }
    }

    @Test("a pool that starts without a server says so, and connects when there is one")
    func startsWithout() async throws {
        let relay = try Relay(to: Server.options())
        relay.goDown()
        try await with(relay.options(Server.options()), waitTimeout: .seconds(60)) { pool in
            #expect(await code { try await pool.withConnection { _ in } } == .connectFailed)
            try relay.comeBack()
            try await eventually("the pool is connected") { pool.state.isConnected }
        }
    }

    @Test("graceful shutdown lets running work finish, refuses new, and ends the threads")
    func gracefulShutdown() async throws {
        let pool = try PostgresPool(Server.options(), name: "bye", size: 2, logger: quiet)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: pool)], logger: quiet))
        let running = Task { try await group.run() }
        try await eventually("all stand") { pool.state.open == 2 }
        let hold = try Hold()
        async let held: Void = hold.take(pool)
        try await eventually("it is taken") { pool.state.busy == 1 }
        await group.triggerGracefulShutdown()
        try await eventually("it is closed") { pool.state.availability == .closed }
        #expect(await code { try await pool.withConnection { _ in } } == .poolClosed)
        #expect(try threads(named: "pg-bye") > 0)
        hold.letGo()
        try await held
        try await running.value
        try await eventually("the threads have ended") { try threads(named: "pg-bye") == 0 }
    }

    @Test("cancelling the pool interrupts what is running")
    func cancelled() async throws {
        let pool = try PostgresPool(Server.options(), name: "stop", size: 1, logger: quiet)
        let running = Task { try await pool.run() }
        async let code = code {
            _ = try await pool.withConnection {
                try $0.execute("SELECT pg_sleep(60) /* cancelled pool */", deadline: .seconds(50))
            }
        }
        try await eventually("the statement runs") { try Server.running("cancelled pool") == 1 }
        running.cancel()
        #expect(await code == .interrupted)
        try await running.value
    }

    @Test("a pool that is cancelled under load answers every caller", arguments: 0..<10)
    func cancelledUnderLoad(round: Int) async throws {
        let pool = try PostgresPool(Server.options(), name: "load", size: 2, maximumWaiting: 10, logger: quiet)
        let running = Task { try await pool.run() }
        let served = Served()
        await withTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<20 where (try? await pool.transaction({ try $0.execute("SELECT 1") })) != nil {
                        served.count.add(1, ordering: .relaxed)
                    }
                }
            }
            try? await eventually("some are served") { served.count.load(ordering: .relaxed) > round * 5 }
            running.cancel()
        }
        try await running.value
        #expect(pool.state.busy == 0 && pool.state.waiting == 0)
    }

    private final class Served: Sendable {
        let count = Atomic(0)
    }

    /// How many threads of this process have a name that begins so.
    private func threads(named prefix: String) throws -> Int {
        try threadNames().count { $0.hasPrefix(prefix) }
    }
}
