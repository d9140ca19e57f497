import Commerce
import Daemon
import FoundationEssentials
import Logging
import Postgres
import RabbitMQ
import Threads

/// One thread that owns a database connection and a broker connection, and moves events from one to the other.
///
/// Both are blocking, so a whole claim is straight-line code: rows locked, published, confirmed, deleted, committed. If
/// it is killed anywhere in between, the rows are still there and are published again.
actor OutboxRelayLane {
    private let executor: ThreadExecutor
    private let settings: OutboxRelay.Settings
    private let alarm: RelayAlarm
    private let pausePoint: PausePoint
    private let interrupt: Interrupt
    private let health: Health
    private let schema: Gate
    private let logger: Logger
    private let publisher: Publisher
    private let metrics: OutboxMetrics
    private let pulse: LoopPulse
    private var connection: Connection?
    private var backoff = Backoff()
    /// What was logged last, so that an outage is one line and not one a try.
    private var reported = ""

    init(
        number: Int, settings: OutboxRelay.Settings, alarm: RelayAlarm, pausePoint: PausePoint, interrupt: Interrupt,
        on chassis: Chassis
    ) throws {
        executor = try ThreadExecutor(name: "outbox-relay-\(number)")
        self.settings = settings
        self.alarm = alarm
        self.pausePoint = pausePoint
        self.interrupt = interrupt
        health = chassis.health
        schema = chassis.schema
        logger = chassis.logger
        metrics = OutboxMetrics(chassis.metrics)
        pulse = chassis.liveness.loop("outbox-relay-\(number)", patience: settings.confirmDeadline + .seconds(30))
        health.set("rabbitmq", .degraded(DependencyState.untried))
        publisher = Publisher(
            settings.broker, topology: settings.topology.topology, interrupt: interrupt, logger: chassis.logger)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Relays until interrupted, or until there is nothing left to do while draining.
    func run() {
        defer { pulse.rests() }
        while !interrupt.isFired {
            pulse.moves()
            guard schema.isOpen else {
                if alarm.isDraining { break }
                interrupt.wait(atMost: .milliseconds(100))
                continue
            }
            do {
                try connect()
                publisher.poll()
                reportBroker()
                guard publisher.blockedReason == nil else {
                    // Publishing again would only send the same events twice, once the broker takes them.
                    if alarm.isDraining { break }
                    interrupt.wait(atMost: settings.pollInterval)
                    continue
                }
                let hasMore = try relay()
                backoff.reset()
                reported = ""
                if hasMore { continue }
                if alarm.isDraining { break }
                alarm.wait(atMost: settings.pollInterval, or: interrupt)
            } catch {
                report(error)
                if alarm.isDraining { break }
                interrupt.wait(atMost: backoff.next())
            }
        }
        publisher.close()
        connection?.close()
    }

    /// Makes sure of both connections. No transaction is open while the broker is away.
    private func connect() throws {
        if !publisher.isConnected {
            try publisher.connect()
        }
        if connection?.isUsable != true {
            connection?.close()
            connection = try Connection(settings.database, interrupt: interrupt, logger: logger)
        }
    }

    /// Relays one batch, and lets events gather after it unless there was more than it could claim.
    ///
    /// - Returns: Whether this lane should look for more.
    private func relay() throws -> Bool {
        try alarm.work {
            let began = ContinuousClock.now
            let claimed = try pausePoint.pass { try relayBatch() } ?? 0
            if claimed == settings.maximumBatch { return true }
            if claimed > 0, !alarm.isDraining { interrupt.wait(atMost: settings.gatherTime - (.now - began)) }
            return claimed > 0 && (alarm.isOnlyOneWorking || alarm.isDraining)
        }
    }

    /// Claims, publishes and deletes one batch.
    ///
    /// - Returns: How many events were claimed.
    private func relayBatch() throws -> Int {
        guard let connection else { return 0 }
        let began = ContinuousClock.now
        var tally = PublishTally()
        try connection.transaction(deadline: settings.confirmDeadline + .seconds(10)) { transaction in
            let rows = try transaction.query(OutboxStatements.claim, Int64(settings.maximumBatch))
            guard !rows.isEmpty else { return }
            if rows.count == settings.maximumBatch { alarm.callAnother() }
            let events = try rows.map { try OutboxEvent($0) }
            let messages = events.map { $0.message(on: settings.topology.exchange) }
            let published = Date.wholeMilliseconds
            tally = PublishTally(
                ids: events.map(\.id), outcomes: publisher.publish(messages, deadline: settings.confirmDeadline))
            if !tally.confirmed.isEmpty { try transaction.enqueue(OutboxStatements.delete, tally.confirmed) }
            if settings.keepsHistory { try keep(events, confirmed: tally.confirmed, since: published, in: transaction) }
            if !tally.turnedAway.isEmpty { try transaction.enqueue(OutboxStatements.postpone, tally.turnedAway) }
        }
        metrics.record(tally, took: ContinuousClock.now - began)
        if let error = tally.connectionError { throw error }
        if let reason = tally.reason {
            logger.warning(
                "The broker turned events away; they stay in the outbox and are tried again",
                metadata: ["events": "\(tally.turnedAway.count)", "reason": "\(reason)"])
            // A queue that was deleted is declared anew by connecting again.
            publisher.close()
        }
        return tally.count
    }

    /// Writes down when the batch was published, for who asks where an order is.
    private func keep(
        _ events: [OutboxEvent], confirmed: [Int64], since published: Date, in transaction: Transaction
    ) throws {
        let now = Date.wholeMilliseconds
        let confirmed = Set(confirmed)
        let kept = Dictionary(grouping: events.filter { confirmed.contains($0.id) }, by: \.type)
        for (type, events) in kept {
            try transaction.enqueue(
                OutboxStatements.keep, published, now, type, events.map(\.orderID), events.map(\.eventID.uuid))
        }
    }

    private func reportBroker() {
        if let reason = publisher.blockedReason {
            health.set("rabbitmq", .degraded("the broker accepts no messages: \(reason)"))
        } else if publisher.isConnected {
            health.set("rabbitmq", .up)
        }
    }

    private func report(_ error: any Error) {
        if let error = error as? RabbitMQError {
            if error.code != .blocked { publisher.close() }
            health.set("rabbitmq", .degraded("\(error)"))
        } else {
            connection?.close()
            connection = nil
        }
        guard !interrupt.isFired, reported != "\(error)" else { return }
        reported = "\(error)"
        logger.warning("Publishing paused; trying on", metadata: ["error": "\(error)"])
    }
}
