import Commerce
import Daemon
import FoundationEssentials
import Logging
import Postgres
import Threads

/// One thread with one database connection that commits batches of orders, one after the other.
///
/// It takes what waits: while one batch is being committed the next one gathers, so a single order on an idle system is
/// committed at once and a busy system commits hundreds together.
actor OrderWriterLane {
    private let executor: ThreadExecutor
    private let queue: OrderQueue
    private let settings: OrderWriter.Settings
    private let presence: LanePresence
    private let schema: Gate
    private let outboxFilled: @Sendable () -> Void
    private let interrupt: Interrupt
    private let counterShard: Int16
    private let metrics: OrderWriterMetrics
    private let pulse: LoopPulse
    private let logger: Logger
    private var connection: Connection?
    private var backoff = Backoff()

    init(
        number: Int, counterShard: Int16, queue: OrderQueue, settings: OrderWriter.Settings, presence: LanePresence,
        metrics: OrderWriterMetrics, schema: Gate, interrupt: Interrupt, outboxFilled: @escaping @Sendable () -> Void,
        pulse: LoopPulse, logger: Logger
    ) throws {
        executor = try ThreadExecutor(name: "order-writer-\(number)")
        self.queue = queue
        self.settings = settings
        self.presence = presence
        self.metrics = metrics
        self.pulse = pulse
        self.schema = schema
        self.outboxFilled = outboxFilled
        self.interrupt = interrupt
        self.counterShard = counterShard
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Writes until the queue is closed and empty.
    func run() {
        while true {
            pulse.moves()
            guard connect() else {
                if queue.isOver { break }
                continue
            }
            pulse.rests()
            guard let entries = queue.take(most: settings.maximumBatch, wait: .milliseconds(250)) else { break }
            guard !entries.isEmpty else { continue }
            settle(entries)
            queue.release()
        }
        pulse.rests()
        disconnect()
    }

    // MARK: Connection

    /// Makes sure of a connection. Without one, and where no other lane has one, everybody who waits is told so.
    private func connect() -> Bool {
        if let connection, connection.isUsable { return true }
        disconnect()
        guard schema.isOpen else {
            // The tables are not there yet, and nobody should wait for them.
            queue.refuseWaiting(.unavailable)
            interrupt.wait(atMost: .milliseconds(100))
            return false
        }
        do {
            connection = try Connection(settings.database, interrupt: interrupt, logger: logger)
            backoff.reset()
            presence.connected()
            return true
        } catch {
            presence.failed(error)
            if presence.isAlone { queue.refuseWaiting(.unavailable) }
            interrupt.wait(atMost: backoff.next())
            return false
        }
    }

    private func disconnect() {
        guard let connection else { return }
        connection.close()
        self.connection = nil
        presence.disconnected()
    }

    // MARK: Writing

    /// Brings a batch to its outcomes and tells everybody who waits for them.
    private func settle(_ entries: [OrderQueue.Entry]) {
        let began = ContinuousClock.now
        var results: [GroupResult] = []
        write(entries.map(\.group), into: &results)
        queue.finish(Array(zip(entries, results)))
        outboxFilled()
        metrics.record(Array(zip(entries.map(\.group), results)), took: ContinuousClock.now - began)
        if logger.logLevel <= .debug { note(zip(entries.map(\.group), results)) }
    }

    private func note(_ decided: Zip2Sequence<[OrderGroup], [GroupResult]>) {
        for (group, result) in decided {
            guard case .success(let outcomes) = result else { continue }
            for case (let submission, .accepted(let order)) in zip(group.submissions, outcomes) {
                var metadata: Logger.Metadata = [
                    "order_id": "\(order.id)", "customer_id": "\(submission.request.customerID)",
                    "source": "\(submission.source)",
                ]
                if let id = submission.requestID { metadata["request_id"] = "\(id)" }
                logger.debug(
                    order.isReplay ? "Order repeated" : "Order committed", metadata: .kind(.orderCommitted, metadata))
            }
        }
    }

    /// Writes the groups as one batch. If a statement fails because of what is in it, the batch is halved until the
    /// culprit stands alone, so that it fails nobody else.
    private func write(_ groups: [OrderGroup], into results: inout [GroupResult]) {
        switch commit(groups) {
        case .decided(let outcomes):
            results += outcomes
        case .undecided:
            results += groups.map { _ in .failure(.unavailable) }
        case .spoiled where groups.count > 1:
            let half = groups.count / 2
            write(Array(groups[..<half]), into: &results)
            write(Array(groups[half...]), into: &results)
        case .spoiled:
            results.append(.failure(.faulty))
        }
    }

    private enum Verdict {
        case decided([GroupResult])
        /// The database could not take it, or its answer was lost and can't be had.
        case undecided
        /// Something in the batch makes a statement fail.
        case spoiled
    }

    private func commit(_ groups: [OrderGroup]) -> Verdict {
        var batch = OrderBatch(groups, currency: settings.currency, counterShard: counterShard)
        let deadline = ContinuousClock.now + settings.deadline
        var failures = 0
        while failures < settings.maximumAttempts {
            pulse.moves()
            guard connect(), let connection else { return .undecided }
            do {
                let now = Date.wholeMilliseconds
                try connection.transaction(deadline: settings.deadline) {
                    try batch.write(in: $0, at: now)
                }
                return .decided(batch.results)
            } catch let error as PostgresError {
                switch OrderWriteFailure(error) {
                case .tryAgain:
                    failures += 1
                case .keyTaken where .now < deadline:
                    // Counts as no failure: at least one more of its keys is answered the next time.
                    continue
                case .keyTaken:
                    log("Orders could not be written", error, groups)
                    return .undecided
                case .outcomeUnknown:
                    switch fate(of: batch) {
                    case .committed: return .decided(batch.results)
                    case .aborted: failures += 1
                    case .unknown: return .undecided
                    }
                case .spoiled:
                    log("A batch of orders was refused by the database", error, groups)
                    return .spoiled
                case .unavailable:
                    log("Orders could not be written", error, groups)
                    // It may be a standby by now, or out of something: the next batch looks for a server that works.
                    disconnect()
                    return .undecided
                }
            } catch {
                log("Orders could not be written", error, groups)
                return .undecided
            }
        }
        return .undecided
    }

    private func log(_ message: Logger.Message, _ error: any Error, _ groups: [OrderGroup]) {
        logger.error(
            message, metadata: ["error": "\(error)", "orders": "\(groups.reduce(0) { $0 + $1.submissions.count })"])
    }

    // MARK: A lost COMMIT

    private enum Fate {
        /// All orders of the batch are on disk.
        case committed
        /// None of them is, nor ever will be.
        case aborted
        /// The database couldn't be asked in time.
        case unknown
    }

    /// Finds out what became of a transaction whose COMMIT was sent and never answered.
    ///
    /// The old session may still be at it, so it is waited for, as long as a request may take. Then the orders are
    /// there, or they never will be.
    private func fate(of batch: OrderBatch) -> Fate {
        guard let transactionID = batch.transactionID, let order = batch.anyNewOrder else { return .aborted }
        let deadline = ContinuousClock.now + settings.deadline
        while ContinuousClock.now < deadline, !interrupt.isFired {
            pulse.moves()
            guard connect(), let connection else { continue }
            do {
                if try !isUnderWay(transactionID, connection) {
                    let isStored = try connection.query(OrderStatements.isStored, order.uuid).only().decode(Bool.self)
                    return isStored ? .committed : .aborted
                }
            } catch {
                logger.warning("The fate of a batch is not known yet", metadata: ["error": "\(error)"])
            }
            interrupt.wait(atMost: backoff.next())
        }
        return .unknown
    }

    private func isUnderWay(_ transactionID: String, _ connection: Connection) throws(PostgresError) -> Bool {
        do {
            return try connection.query(OrderStatements.isUnderWay, transactionID).only().decode(Bool.self)
        } catch  where error.sqlState == .invalidParameterValue {
            return false
        }
    }
}
