import CLibpq
import Glibc
import Threads

/// Waiting on a connection's socket: every wait has a deadline and ends when the interrupt fires.
///
/// This is all that stands between libpq's non-blocking calls and blocking code; nothing else here calls `poll(2)`.
struct Wire {
    let connection: OpaquePointer
    let interrupt: Interrupt

    /// The next result, `nil` where those of one statement end.
    func nextResult(until deadline: ContinuousClock.Instant) throws(PostgresError) -> QueryResult? {
        try awaitResult(until: deadline)
        let result = PQgetResult(connection).map(QueryResult.init)
        // On a broken connection libpq makes up results, without a SQLSTATE and without end.
        if PQstatus(connection) == CONNECTION_BAD, result.map({ !$0.hasSQLState }) ?? true { throw lost() }
        return result
    }

    /// Sends what is buffered and waits until `PQgetResult` will not block.
    private func awaitResult(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            // Reading goes on while sending: were both sides to wait until the other has read, both would for ever.
            let flushed = PQflush(connection)
            guard flushed >= 0 else { throw lost() }
            if flushed == 0, PQisBusy(connection) == 0 { return }
            let events = flushed == 0 ? POLLIN : POLLIN | POLLOUT
            guard try wait(for: events, until: deadline) & ~POLLOUT != 0 else { continue }
            guard PQconsumeInput(connection) == 1 else { throw lost() }
        }
    }

    /// Sleeps until the socket is ready.
    ///
    /// - Returns: The events that came, never none.
    func wait(for events: Int32, until deadline: ContinuousClock.Instant) throws(PostgresError) -> Int32 {
        while true {
            var entries = [
                pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0),
                pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let left = deadline - .now
            let ready = poll(&entries, 2, left.pollMilliseconds)
            if entries[1].revents != 0 { throw .interrupted }
            if ready > 0 { return Int32(entries[0].revents) }
            if ready == 0, left <= .zero { throw .deadlineExceeded }
        }
    }

    /// Whether the server has hung up, as far as can be seen without waiting: what it sent meanwhile is read.
    func hasHungUp() -> Bool {
        var entry = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, 0) > 0 {
            // A farewell and the end of the stream may come as two reads; parsing keeps the first one's text.
            let alive = PQconsumeInput(connection) == 1
            _ = PQisBusy(connection)
            if !alive || PQstatus(connection) == CONNECTION_BAD { return true }
        }
        return PQstatus(connection) == CONNECTION_BAD
    }

    /// Answers came that nothing was asked for: a bug here or in libpq, after which no answer can be trusted.
    func outOfStep() -> PostgresError {
        PostgresError(.connectionLost, "the server's answers don't match what was asked; the connection is given up")
    }

    /// What libpq has to say about the broken connection.
    func lost() -> PostgresError {
        PostgresError(.connectionLost, "the connection broke: \(String(cString: PQerrorMessage(connection)).asOneLine)")
    }
}

extension PostgresError {
    static var interrupted: PostgresError {
        PostgresError(.interrupted, "interrupted, because its owner shuts down")
    }

    static var deadlineExceeded: PostgresError {
        PostgresError(.deadlineExceeded, "PostgreSQL gave no answer before the deadline")
    }
}
