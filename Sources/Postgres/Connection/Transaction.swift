/// What a transaction's closure works with. Valid until the closure ends.
///
/// After a ``PostgresError`` from one of its statements the transaction can only be rolled back, which also happens if
/// the closure catches that error and returns.
public final class Transaction {
    /// A statement and what stands for its parameters.
    public typealias StatementCall = (statement: Statement, parameters: [any PostgresEncodable])

    private let connection: Connection
    private let deadline: ContinuousClock.Instant
    /// What goes out with the next query or with COMMIT.
    private var pending: [Call] = []
    private var phase = Phase.lazy

    private enum Phase {
        /// Nothing was sent.
        case lazy
        case open
        /// A statement failed.
        case failed(PostgresError)
        case ended
    }

    init(on connection: Connection, until deadline: ContinuousClock.Instant) {
        self.connection = connection
        self.deadline = deadline
    }

    /// Sends what is enqueued and this statement, and waits for its result: one round trip.
    @discardableResult
    public func query(
        _ statement: Statement, _ parameters: any PostgresEncodable...
    ) throws(PostgresError) -> Rows {
        try sendLast(Call(statement, parameters))
    }

    /// Sends what is enqueued and this statement, of whose result only the count matters: one round trip.
    ///
    /// - Returns: How many rows it touched.
    @discardableResult
    public func execute(
        _ statement: Statement, _ parameters: any PostgresEncodable...
    ) throws(PostgresError) -> Int {
        try sendLast(Call(statement, parameters)).affected
    }

    /// Sends what is enqueued and these statements, and waits for all their results: one round trip.
    ///
    /// - Returns: One result for each statement, in their order.
    public func queryAll(_ calls: [StatementCall]) throws(PostgresError) -> [Rows] {
        var encoded: [Call] = []
        for (statement, parameters) in calls { encoded.append(try Call(statement, parameters)) }
        return try send(encoded).suffix(calls.count)
    }

    /// Adds a statement to what goes out next, with a query or with COMMIT. Its failure shows there.
    ///
    /// - Throws: ``PostgresError/Code/encoding`` for a parameter that cannot be sent.
    public func enqueue(
        _ statement: Statement, _ parameters: any PostgresEncodable...
    ) throws(PostgresError) {
        try refuseUnlessRunning()
        pending.append(try Call(statement, parameters))
    }

    /// Adds several statements to what goes out next, as ``enqueue(_:_:)`` does.
    public func enqueueAll(_ calls: [StatementCall]) throws(PostgresError) {
        try refuseUnlessRunning()
        for (statement, parameters) in calls { pending.append(try Call(statement, parameters)) }
    }

    /// Sends what is enqueued and does not wait: the server sets about it while the closure makes more. A failure shows
    /// with the next query or with COMMIT.
    public func flush() throws(PostgresError) {
        try refuseUnlessRunning()
        let flight = takePending()
        if flight.isEmpty { return }
        phase = .open
        do throws(PostgresError) {
            try connection.sendAhead(flight, until: deadline)
        } catch {
            phase = .failed(error)
            throw error
        }
    }

    /// Sends what is enqueued, then runs a script of statements without parameters, which must not end the transaction.
    public func execute(script: String) throws(PostgresError) {
        let before = try query(Self.identity).only().get(0, as: Int64.self)
        do throws(PostgresError) {
            try connection.run(script: script, until: deadline)
            guard connection.isServerInTransaction, try query(Self.identity).only().get(0) == before else {
                throw PostgresError(
                    .migrationInvalid, "the script ended its transaction: take COMMIT and ROLLBACK out of it")
            }
        } catch {
            phase = .failed(error)
            throw error
        }
    }

    /// Tells one transaction from another.
    private static let identity: Statement = "SELECT txid_current()"

    /// The body returned. Sends the rest and COMMIT together.
    func commit() throws(PostgresError) {
        switch phase {
        case .failed(let error): throw error
        case .lazy where pending.isEmpty: phase = .ended
        case .lazy, .open:
            let results = try send([Call(bare: .commit)], isDecisive: true)
            phase = .ended
            // After an error that nobody noticed the server answers COMMIT by rolling back.
            guard results.last?.tag == "COMMIT" else {
                throw PostgresError(.server, "the transaction was rolled back at its COMMIT")
            }
        case .ended: break
        }
    }

    /// The body threw, or COMMIT failed. A connection that does not even roll back is given up.
    func rollback() {
        defer { phase = .ended }
        pending.removeAll()
        if case .lazy = phase { return }
        connection.rollback()
    }

    private func sendLast(_ call: Call) throws(PostgresError) -> Rows {
        guard let rows = try send([call]).last else { throw PostgresError(.decoding, "the server sent no result") }
        return rows
    }

    private func send(_ calls: [Call], isDecisive: Bool = false) throws(PostgresError) -> [Rows] {
        try refuseUnlessRunning()
        pending += calls
        let flight = takePending()
        if flight.isEmpty { return [] }
        do {
            phase = .open
            return try connection.roundTrip(flight, until: deadline, isDecisive: isDecisive)
        } catch {
            phase = .failed(error)
            throw error
        }
    }

    /// What is enqueued, after the BEGIN that it may need.
    private func takePending() -> [Call] {
        defer { pending.removeAll(keepingCapacity: true) }
        if case .lazy = phase, !pending.isEmpty { return [Call(bare: .begin)] + pending }
        return pending
    }

    private func refuseUnlessRunning() throws(PostgresError) {
        switch phase {
        case .lazy, .open: return
        case .failed(let error): throw error
        case .ended: throw PostgresError(.misuse, "the transaction was used after its closure ended")
        }
    }
}
