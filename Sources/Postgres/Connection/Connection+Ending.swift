import CLibpq
import Threads

// How a connection decides that it can still be used, and how it ends when it cannot.

extension Connection {
    /// The connection, if something may be sent now: nothing was sent when this throws.
    func wireForSending(until deadline: ContinuousClock.Instant) throws(PostgresError) -> Wire {
        guard let handle else { throw PostgresError(.connectionLost, "the connection is closed: make another") }
        let wire = Wire(connection: handle, interrupt: interrupt)
        if interrupt.isFired { throw .interrupted }
        if deadline <= .now { throw .deadlineExceeded }
        if wire.hasHungUp() { throw giveUp(after: wire.lost()) }
        return wire
    }

    /// Whether the server has a transaction open, failed or not.
    var isServerInTransaction: Bool {
        [PQTRANS_INTRANS, PQTRANS_INERROR].contains(PQtransactionStatus(handle))
    }

    /// Rolls back what the server has open. If that does not succeed soon the connection is closed, which does it too.
    func rollback() {
        guard isServerInTransaction || !ahead.isEmpty else { return }
        do {
            _ = try roundTrip([Call(bare: .rollback)], until: .now + .seconds(5))
        } catch {
            close()
        }
    }

    /// Closes the connection after an error that leaves open what the server does; lets it stop doing it.
    ///
    /// - Parameter isAtCommit: The server may be at a COMMIT, and is not asked to stop: one that waits for a synchronous
    ///   standby would then end the wait and show the transaction as committed, which a failover could still undo
    ///   (PostgreSQL manual §27.2.8).
    /// - Returns: The error, with the server's reason for hanging up if it gave one.
    func giveUp(after error: PostgresError, atCommit isAtCommit: Bool = false) -> PostgresError {
        if let handle, !isAtCommit, error.code == .deadlineExceeded || error.code == .interrupted {
            Cancellation.request(handle)
        }
        close()
        guard error.code == .connectionLost, error.sqlState == nil, var farewell = notices.farewell else {
            return error
        }
        farewell.outcomeUnknown = error.outcomeUnknown
        return farewell
    }
}
