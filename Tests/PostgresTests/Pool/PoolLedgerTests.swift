import FoundationEssentials
import Testing

@testable import Postgres

@Suite("The pool's ledger decides who gets a connection")
struct PoolLedgerTests {
    private let down = PostgresError(.connectFailed, "no route to host")
    private let now = Date(timeIntervalSince1970: 0)

    private func ledger(size: Int, connected: Int = 0, mostWaiting: Int = 2) -> PoolLedger {
        var ledger = PoolLedger(name: "test", size: size, mostWaiting: mostWaiting)
        for connection in 0..<connected { _ = ledger.connected(connection) }
        return ledger
    }

    @Test("before the first connection stands callers wait, up to the limit")
    func startUp() {
        var ledger = ledger(size: 1)
        #expect(ledger.state.availability == .connecting)
        #expect(ledger.admit(1) == .wait)
        #expect(ledger.admit(2) == .wait)
        #expect(ledger.admit(3) == .refuse(PostgresError(.poolExhausted, "")))
        #expect(ledger.state.waiting == 2)
        #expect(ledger.connected(0) == .lease(0, to: 1))
        #expect(ledger.giveBack(0, usable: true) == .lease(0, to: 2))
        #expect(ledger.giveBack(0, usable: true) == .rest)
    }

    @Test("the connection that was used last is used next")
    func warmest() {
        var ledger = ledger(size: 3, connected: 3)
        #expect(ledger.admit(1) == .lease(2))
        #expect(ledger.admit(2) == .lease(1))
        #expect(ledger.state.busy == 2)
        #expect(ledger.giveBack(2, usable: true) == .rest)
        #expect(ledger.admit(3) == .lease(2))
    }

    @Test("a broken connection is mended; who waits keeps waiting while another stands")
    func mending() {
        var ledger = ledger(size: 2, connected: 2)
        #expect(ledger.admit(1) == .lease(1))
        #expect(ledger.admit(2) == .lease(0))
        #expect(ledger.admit(3) == .wait)
        #expect(ledger.giveBack(1, usable: false) == .mend(1))
        #expect(ledger.failed(down, at: now) == [])
        #expect(ledger.state.isConnected)
        #expect(ledger.giveBack(0, usable: true) == .lease(0, to: 3))
    }

    @Test("when no connection stands and the last attempt failed, nobody waits; when one stands again, all is well")
    func unreachable() {
        var ledger = ledger(size: 1)
        #expect(ledger.admit(1) == .wait)
        #expect(ledger.failed(down, at: now) == [1])
        #expect(ledger.admit(2) == .refuse(PostgresError(.connectFailed, "")))
        #expect(ledger.failed(down, at: now + 60) == [])
        #expect(ledger.state.availability == .unavailable(reason: "no route to host", since: now))
        #expect(ledger.connected(0) == .rest)
        #expect(ledger.state.isConnected)
        #expect(ledger.admit(3) == .lease(0))
    }

    @Test("a caller that leaves is not served")
    func leaving() {
        var ledger = ledger(size: 1, connected: 1)
        _ = ledger.admit(1)
        _ = ledger.admit(2)
        _ = ledger.admit(3)
        #expect(ledger.leave(2) == true)
        #expect(ledger.leave(2) == false)
        #expect(ledger.giveBack(0, usable: true) == .lease(0, to: 3))
    }

    @Test("draining refuses new callers, serves those who wait, and ends each connection as it comes back")
    func draining() {
        var ledger = ledger(size: 3, connected: 2)
        _ = ledger.admit(1)
        _ = ledger.admit(2)
        _ = ledger.admit(3)
        let draining = ledger.drain()
        #expect(draining.abandoned == [2] && draining.refused.isEmpty)
        #expect(ledger.admit(4) == .refuse(PostgresError(.poolClosed, "")))
        #expect(ledger.giveBack(0, usable: true) == .lease(0, to: 3))
        #expect(ledger.giveBack(1, usable: true) == .end(refusing: []))
        #expect(!ledger.isDrained)
        #expect(ledger.giveBack(0, usable: true) == .end(refusing: []))
        #expect(ledger.isDrained)
        #expect(ledger.state.availability == .closed)
    }

    @Test("whoever waits for connections that all broke while draining is told so")
    func drainingBroken() {
        var ledger = ledger(size: 1, connected: 1)
        _ = ledger.admit(1)
        _ = ledger.admit(2)
        _ = ledger.drain()
        #expect(ledger.giveBack(0, usable: false) == .end(refusing: [2]))
        #expect(ledger.isDrained)
    }

    @Test("stopped at once, the pool refuses whoever waits, even while connections stand")
    func stopping() {
        var ledger = ledger(size: 1, connected: 1)
        _ = ledger.admit(1)
        _ = ledger.admit(2)
        let stopping = ledger.drain(servingWaiting: false)
        #expect(stopping.refused == [2])
        #expect(ledger.giveBack(0, usable: true) == .end(refusing: []))
        #expect(ledger.isDrained)
    }

    @Test("a connection that is made after draining began is closed again")
    func lateConnection() {
        var ledger = ledger(size: 1)
        let draining = ledger.drain()
        #expect(draining.abandoned == [0])
        #expect(ledger.connected(0) == .end(refusing: []))
    }
}

extension PoolLedger.Admission: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.lease(let left), .lease(let right)): left == right
        case (.wait, .wait): true
        case (.refuse(let left), .refuse(let right)): left.code == right.code
        default: false
        }
    }
}
