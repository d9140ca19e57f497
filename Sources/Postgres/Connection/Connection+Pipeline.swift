import CLibpq

// A flight of statements: all sent, then all answers read, in one round trip (PostgreSQL manual §34.5, pipeline mode).
//
// The server answers in order. After the first error it skips the rest up to the Sync that ends the flight, so an
// error means that nothing behind it was executed, and the connection is in step again after the Sync.

extension Connection {
    /// Sends the calls, each with its preparation if it needs one, and waits for all results.
    ///
    /// - Parameter isDecisive: Whether the last call makes something durable, so that losing its answer leaves the
    ///   outcome unknown.
    /// - Returns: One result a call, those that were sent ahead first.
    /// - Throws: The first error. If it is not the server's the connection is closed.
    func roundTrip(
        _ calls: [Call], until deadline: ContinuousClock.Instant, isDecisive: Bool = false
    ) throws(PostgresError) -> [Rows] {
        let wire = try wireForSending(until: deadline)
        var progress = Progress(callCount: calls.count + ahead.count { $0.isCall })
        do throws(PostgresError) {
            let steps = ahead + (try send(calls, over: wire))
            ahead = []
            guard PQpipelineSync(wire.connection) == 1 else { throw wire.lost() }
            return try receive(steps, over: wire, until: deadline, progress: &progress)
        } catch {
            if error.code == .server { throw error }
            var error = error
            error.outcomeUnknown = isDecisive && progress.mayHaveReachedLast(despite: error)
            let mayHaveCommitted = error.outcomeUnknown && calls.last?.statement == .commit
            throw giveUp(after: error, atCommit: mayHaveCommitted)
        }
    }

    /// Sends the calls and does not wait: the server sets about them while its client still makes the next ones.
    ///
    /// The next round trip reads their answers, and throws their errors.
    func sendAhead(_ calls: [Call], until deadline: ContinuousClock.Instant) throws(PostgresError) {
        let wire = try wireForSending(until: deadline)
        do throws(PostgresError) {
            ahead += try send(calls, over: wire)
            // What doesn't fit into the socket's buffer goes out with the next ones.
            guard PQflush(wire.connection) >= 0 else { throw wire.lost() }
        } catch {
            throw giveUp(after: error)
        }
    }

    /// How far the answers came.
    private struct Progress {
        let callCount: Int
        var answered = 0

        /// Whether the last call may have been executed. A server that says goodbye before it answers the calls in front
        /// of it did not get there; one that just vanishes may have kept its answers to itself.
        func mayHaveReachedLast(despite error: PostgresError) -> Bool {
            error.sqlState == nil || answered == callCount - 1
        }
    }

    /// Something sent that the server answers.
    enum Step {
        case deallocateAll
        case prepare(PreparedKey)
        case call

        fileprivate var isCall: Bool { if case .call = self { true } else { false } }
    }

    private func send(_ calls: [Call], over wire: Wire) throws(PostgresError) -> [Step] {
        let connection = wire.connection
        var steps: [Step] = []
        if prepared.needsReset, PQtransactionStatus(connection) == PQTRANS_IDLE {
            let sent = PQsendQueryParams(connection, "DEALLOCATE ALL", 0, nil, nil, nil, nil, 1)
            guard sent == 1 else { throw wire.lost() }
            prepared.reset()
            steps.append(.deallocateAll)
        }
        for call in calls {
            let name: String
            switch prepared.use(call.preparedKey) {
            case .ready(let known):
                name = known
            case .prepare(let new):
                name = new
                let types = call.parameters.types
                let sent = PQsendPrepare(connection, name, call.statement.sql, Int32(types.count), types)
                guard sent == 1 else { throw wire.lost() }
                steps.append(.prepare(call.preparedKey))
            }
            let sent = call.parameters.withPointers { values, lengths, formats in
                PQsendQueryPrepared(
                    connection, name, Int32(call.parameters.types.count), values, lengths, formats, 1)
            }
            guard sent == 1 else { throw wire.lost() }
            steps.append(.call)
        }
        return steps
    }

    private func receive(
        _ steps: [Step], over wire: Wire, until deadline: ContinuousClock.Instant, progress: inout Progress
    ) throws(PostgresError) -> [Rows] {
        var rows: [Rows] = []
        rows.reserveCapacity(progress.callCount)
        var firstError: PostgresError?
        for step in steps {
            let result = try wire.nextResult(until: deadline)
            if let result, result.isSuccess {
                if case .call = step {
                    progress.answered += 1
                    rows.append(Rows(result))
                }
            } else {
                if case .prepare(let key) = step { prepared.forget(key) }
                if let result, !result.isSkipped, firstError == nil {
                    let error = PostgresError(result: result.handle)
                    if error.code == .connectionLost { throw error }
                    firstError = error
                }
            }
            guard try wire.nextResult(until: deadline) == nil else { throw wire.outOfStep() }
        }
        guard try wire.nextResult(until: deadline)?.isSync == true else { throw wire.outOfStep() }
        guard let firstError else { return rows }
        if firstError.isStalePlan { prepared.invalidate() }
        throw firstError
    }
}
