import TestSupport
import Testing
import Threads

@testable import Postgres

@Suite("Nothing blocks for longer than its deadline or its owner")
struct DeadlineTests {
    /// Runs `work` and says how long it took.
    private func timed(_ work: () throws -> Void) -> (error: (any Error)?, took: Duration) {
        let start = ContinuousClock.now
        do {
            try work()
            return (nil, .now - start)
        } catch {
            return (error, .now - start)
        }
    }

    @Test("a deadline ends a statement, here and on the server, and the connection is given up")
    func deadline() async throws {
        let connection = try Server.connect()
        let (error, took) = timed {
            _ = try connection.transaction(deadline: .milliseconds(100)) { transaction in
                try transaction.execute("SELECT pg_sleep(60) /* past its deadline */")
            }
        }
        #expect((error as? PostgresError)?.code == .deadlineExceeded)
        #expect((error as? PostgresError)?.outcomeUnknown == false)
        #expect((error as? PostgresError)?.isTransient == true)
        #expect(took > .milliseconds(90) && took < .milliseconds(1_500), "\(took)")
        #expect(!connection.isUsable)
        let after = #expect(throws: PostgresError.self) { try connection.query("SELECT 1") }
        #expect(after?.code == .connectionLost)
        try await eventually("the server stopped") { try Server.running("past its deadline") == 0 }
    }

    @Test("a server that went silent in the middle of it holds up nobody, neither the statement nor its cancellation")
    func silentInTheMiddle() throws {
        let relay = try Relay(to: Server.options())
        let connection = try Connection(relay.options(Server.options()), interrupt: Interrupt(), logger: quiet)
        relay.behave(.silent)
        let (error, took) = timed { try connection.execute("SELECT 1", deadline: .milliseconds(50)) }
        #expect((error as? PostgresError)?.code == .deadlineExceeded)
        #expect((error as? PostgresError)?.outcomeUnknown == true)
        #expect(took < .milliseconds(1_500), "\(took)")
    }

    @Test("an interrupt ends a statement within milliseconds")
    func interrupt() async throws {
        let interrupt = try Interrupt()
        let beside = try Beside()
        async let blocked: (ContinuousClock.Instant, PostgresError.Code?) = beside.run {
            let connection = try Connection(Server.options(), interrupt: interrupt, logger: quiet)
            let error = #expect(throws: PostgresError.self) {
                try connection.execute("SELECT pg_sleep(60) /* interrupted */", deadline: .seconds(50))
            }
            return (.now, error?.code)
        }
        try await eventually("the statement runs") { try Server.running("interrupted") == 1 }
        let fired = ContinuousClock.now
        interrupt.fire()
        let (ended, code) = try await blocked
        #expect(code == .interrupted)
        #expect(ended - fired < .milliseconds(500), "\(ended - fired)")
        try await eventually("the server stopped") { try Server.running("interrupted") == 0 }
    }

    @Test("a deadline that is over before anything is sent costs neither the connection nor certainty")
    func lateFromTheStart() throws {
        let connection = try Server.connect()
        let error = #expect(throws: PostgresError.self) { try connection.query("SELECT 1", deadline: .zero) }
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.outcomeUnknown == false)
        #expect(connection.isUsable)
    }

    @Test("a server that accepts and then says nothing does not hold up connecting")
    func silentServer() throws {
        let relay = try Relay(to: Server.options())
        relay.behave(.silent)
        var options = try relay.options(Server.options())
        options.connectTimeout = .milliseconds(100)
        let (error, took) = timed { _ = try Connection(options, interrupt: Interrupt(), logger: quiet) }
        #expect((error as? PostgresError)?.code == .connectFailed)
        #expect((error as? PostgresError)?.isTransient == true)
        #expect(took < .milliseconds(1_000), "\(took)")
    }

    @Test("of several hosts a silent and a closed one are passed over, each in its own time")
    func severalHosts() throws {
        let silent = try Relay(to: Server.options())
        silent.behave(.silent)
        let closed = try Relay(to: Server.options())
        closed.goDown()
        let good = try Relay(to: Server.options())
        var options = try good.options(Server.options())
        try options.set([
            "host": "127.0.0.1,127.0.0.1,127.0.0.1", "port": "\(silent.port),\(closed.port),\(good.port)",
        ])
        options.connectTimeout = .milliseconds(200)
        let connection = try Connection(options, interrupt: Interrupt(), logger: quiet)
        #expect(try connection.query("SELECT 1::int8").only().get(0) == 1)
    }

    @Test("no host asked for as a primary is refused when it is one; prefer-standby takes it in the end")
    func sessionAttributes() throws {
        var options = try Server.options(["target_session_attrs": "standby"])
        let error = #expect(throws: PostgresError.self) {
            _ = try Connection(options, interrupt: Interrupt(), logger: quiet)
        }
        #expect(error?.code == .connectFailed)
        try options.set(["target_session_attrs": "prefer-standby"])
        #expect(try Connection(options, interrupt: Interrupt(), logger: quiet).isUsable)
        try options.set(["target_session_attrs": "read-write"])
        #expect(try Connection(options, interrupt: Interrupt(), logger: quiet).isUsable)
    }

    @Test("an interrupt ends connecting, too")
    func interruptedConnecting() async throws {
        let relay = try Relay(to: Server.options())
        relay.behave(.silent)
        let options = try relay.options(Server.options())
        let interrupt = try Interrupt()
        let beside = try Beside()
        async let code: PostgresError.Code? = beside.run {
            #expect(throws: PostgresError.self) {
                _ = try Connection(options, interrupt: interrupt, logger: quiet)
            }?.code
        }
        interrupt.fire()
        #expect(try await code == .interrupted)
    }

    @Test("a flight that is larger than all buffers, both ways, does not stall")
    func largeFlight() throws {
        let connection = try Server.connect()
        let long = String(repeating: "ж", count: 2_000_000)
        try connection.transaction { transaction in
            for _ in 0..<8 { try transaction.enqueue("SELECT $1", long) }
            let rows = try transaction.query("SELECT $1", long)
            #expect(try rows.only().get(0, as: String.self).utf8.count == 4_000_000)
        }
    }
}
