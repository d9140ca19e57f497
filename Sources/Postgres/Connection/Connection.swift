import CLibpq
public import Logging
public import Threads

/// One connection to PostgreSQL, used from one thread.
///
/// Its calls block, each no longer than its deadline, and end at once when the ``Interrupt`` fires. It never reconnects:
/// once it has failed so that nobody can say what the server still does (a deadline, an interrupt, a broken socket) it
/// is closed, ``isUsable`` is false, and its owner makes another.
///
/// Not `Sendable`: it belongs to the actor (on a ``ThreadExecutor``) or the thread that made it.
public final class Connection {
    /// How long a call may take whose caller says nothing else.
    public static let defaultDeadline: Duration = .seconds(15)

    /// libpq's connection; `nil` once closed.
    var handle: OpaquePointer?
    var prepared = PreparedStatements()
    /// What was sent ahead: its answers are read by the next round trip.
    var ahead: [Step] = []
    /// The transaction whose closure is running.
    var isInTransaction = false
    let interrupt: Interrupt
    let notices: Notices

    /// Connects: one attempt for each host of the options, each bounded by their `connectTimeout`.
    ///
    /// - Parameters:
    ///   - options: Where to connect.
    ///   - interrupt: Ends every wait of this connection, from the first on.
    ///   - logger: Gets the server's notices, at debug level.
    /// - Throws: ``PostgresError/Code/connectFailed`` or ``PostgresError/Code/interrupted``.
    public init(_ options: ConnectionOptions, interrupt: Interrupt, logger: Logger) throws(PostgresError) {
        let handle = try Handshake.connect(options, interrupt: interrupt)
        notices = Notices(logger: logger)
        notices.listen(to: handle)
        self.handle = handle
        self.interrupt = interrupt
    }

    deinit {
        close()
    }

    /// Whether statements can be sent. Costs no round trip, but a server that has hung up is noticed.
    public var isUsable: Bool {
        guard let handle else { return false }
        return !Wire(connection: handle, interrupt: interrupt).hasHungUp()
    }

    /// The server's process for this connection, as `pg_stat_activity` names it; 0 once closed.
    public var processID: Int32 {
        PQbackendPID(handle)
    }

    /// Says goodbye to the server. Calling it again changes nothing.
    public func close() {
        PQfinish(handle)
        handle = nil
        ahead = []
    }

    /// Executes one statement on its own, outside a transaction: one round trip.
    ///
    /// - Parameters:
    ///   - deadline: How long it may take in all.
    /// - Throws: ``PostgresError``. If the answer was lost, ``PostgresError/outcomeUnknown`` is true.
    @discardableResult
    public func query(
        _ statement: Statement, _ parameters: any PostgresEncodable..., deadline: Duration = defaultDeadline
    ) throws(PostgresError) -> Rows {
        try perform(statement, parameters, deadline: deadline)
    }

    /// Executes one statement on its own of which only the count matters: see ``query(_:_:deadline:)``.
    ///
    /// - Returns: How many rows it touched.
    @discardableResult
    public func execute(
        _ statement: Statement, _ parameters: any PostgresEncodable..., deadline: Duration = defaultDeadline
    ) throws(PostgresError) -> Int {
        try perform(statement, parameters, deadline: deadline).affected
    }

    /// Executes a script: any number of statements without parameters, separated by semicolons, as one transaction
    /// unless the script says otherwise. Its results are not returned.
    public func execute(script: String, deadline: Duration = defaultDeadline) throws(PostgresError) {
        try refuseInsideTransaction()
        try run(script: script, until: .now + deadline)
    }

    /// Runs a closure in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// BEGIN goes out with the first query, COMMIT with what is enqueued last, so a transaction that reads once and
    /// then only writes takes two round trips. A closure that sends nothing costs nothing.
    ///
    /// - Parameters:
    ///   - deadline: How long the whole transaction may take, the closure's own time included.
    ///   - body: Must not use the connection itself, only the transaction.
    /// - Throws: What `body` throws, or a ``PostgresError``; ``PostgresError/outcomeUnknown`` is true if COMMIT was sent
    ///   and no answer came.
    @discardableResult
    public func transaction<R>(
        deadline: Duration = defaultDeadline, _ body: (Transaction) throws -> R
    ) throws -> R {
        try refuseInsideTransaction()
        isInTransaction = true
        defer { isInTransaction = false }
        let transaction = Transaction(on: self, until: .now + deadline)
        do {
            let result = try body(transaction)
            try transaction.commit()
            return result
        } catch {
            transaction.rollback()
            throw error
        }
    }

    private func perform(
        _ statement: Statement, _ parameters: [any PostgresEncodable], deadline: Duration
    ) throws(PostgresError) -> Rows {
        try refuseInsideTransaction()
        let call = try Call(statement, parameters)
        let end = ContinuousClock.now + deadline
        do {
            return try only(roundTrip([call], until: end, isDecisive: true))
        } catch {
            // The server refused a stale plan before doing anything, and prepares the statement anew now.
            guard error.isStalePlan else { throw error }
            return try only(roundTrip([call], until: end, isDecisive: true))
        }
    }

    private func refuseInsideTransaction() throws(PostgresError) {
        if isInTransaction {
            throw PostgresError(.misuse, "the connection was used inside a transaction's closure: use the transaction")
        }
    }

    private func only(_ results: [Rows]) throws(PostgresError) -> Rows {
        guard let rows = results.first else { throw PostgresError(.decoding, "the server sent no result") }
        return rows
    }
}
