import Commerce
import Daemon
import FoundationEssentials
import Logging
import Postgres
import RabbitMQ
import Threads

/// One thread that owns a broker connection and a database connection, and moves events from one into the other.
///
/// Both block, so a batch is straight-line code: take, read, apply and commit, publish what goes elsewhere and await its
/// confirms, acknowledge. Killed anywhere in between, the broker hands the batch out anew, and what is applied is found
/// applied.
actor OrderEventWorker {
    private let executor: ThreadExecutor
    private let number: Int
    private let settings: OrderEventConsumer.Settings
    private let pausePoint: PausePoint
    /// Ends waiting, for messages or for a server to come back.
    private let stop: Interrupt
    /// Ends the transaction under way.
    private let abandon: Interrupt
    private let presence: ConsumerPresence
    private let metrics: ConsumerMetrics
    private let pulse: LoopPulse
    private let logger: Logger
    private let consumer: Consumer
    private var connection: Connection?

    init(
        number: Int, settings: OrderEventConsumer.Settings, pausePoint: PausePoint, stop: Interrupt, abandon: Interrupt,
        presence: ConsumerPresence, metrics: ConsumerMetrics, pulse: LoopPulse, logger: Logger
    ) throws {
        executor = try ThreadExecutor(name: "order-events-\(number)")
        self.number = number
        self.settings = settings
        self.pausePoint = pausePoint
        self.stop = stop
        self.abandon = abandon
        self.presence = presence
        self.metrics = metrics
        self.pulse = pulse
        self.logger = logger
        // Twice a batch, so that the next one is on its way while this one is applied.
        consumer = Consumer(
            settings.broker, topology: settings.topology.topology, queues: settings.topology.queues,
            prefetch: UInt16(settings.batchSize * 2), maximumBody: Self.maximumBody, interrupt: stop, logger: logger)
    }

    /// Bodies up to this are parked as they came; one that is longer goes to the queue's dead letters, and a note is
    /// parked in its place. It also bounds what a batch takes of memory.
    private static let maximumBody = 4 << 20

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Consumes until stopped.
    func run() {
        var backoff = Backoff()
        defer { pulse.rests() }
        while !stop.isFired {
            pulse.moves()
            if pausePoint.isPaused {
                // What was handed out and not answered for goes back into the queue.
                consumer.close()
                _ = presence.broker("paused by an operator", worker: number)
                stop.wait(atMost: .milliseconds(200))
                continue
            }
            do {
                if !consumer.isConnected { try consumer.connect() }
                presence.broker(nil, worker: number)
                let deliveries = try consumer.nextBatch(most: settings.batchSize, wait: .seconds(5))
                if deliveries.isEmpty {
                    metrics.idle()
                    try consumer.awaitAcknowledged(deadline: Self.patienceWithSilence)
                } else {
                    try pausePoint.pass { try settle(deliveries) }
                }
                backoff.reset()
            } catch {
                guard !stop.isFired else { break }
                if presence.broker("\(error)", worker: number) {
                    logger.warning("Consuming paused; connecting again", metadata: ["error": "\(error)"])
                }
                // Unacknowledged messages are handed out again, to whoever is connected.
                consumer.close()
                stop.wait(atMost: backoff.next())
            }
        }
        consumer.close()
        connection?.close()
    }

    /// A broker that froze holds its sockets, and its kernel answers for it: nothing but its silence tells. So one that has
    /// no messages is asked, and given up if it doesn't answer by then; another node of its cluster may have the queue.
    private static let patienceWithSilence = Duration.seconds(15)

    /// Does everything about a batch, and only then acknowledges it.
    private func settle(_ deliveries: [Delivery]) throws {
        let began = ContinuousClock.now
        let batch = EventBatch(reading: deliveries, currency: settings.currency)
        metrics.oldestEvent(batch.events.compactMap(\.happenedAt).min(), now: .now)
        let verdicts = try apply(batch.events)
        try forward(
            batch.refused.map { ($0.delivery, .park($0.reason)) } + zip(batch.events.map(\.delivery), verdicts))
        try answer(for: deliveries)
        metrics.settled(count: deliveries.count, took: .now - began)
        if verdicts.contains(where: \.isRetry) { stop.wait(atMost: Self.pauseAfterFailure) }
    }

    /// Before messages that failed come round again, so that five attempts take a moment.
    private static let pauseAfterFailure = Duration.milliseconds(250)

    private func answer(for deliveries: [Delivery]) throws {
        for delivery in deliveries where delivery.omittedBodySize != nil { try consumer.deadLetter(delivery) }
        // Through the last that is still open: naming one that is answered for would close the channel.
        try consumer.acknowledge(deliveries.filter { $0.omittedBodySize == nil })
    }

    // MARK: Applying

    /// Applies the events, however long the database is away.
    ///
    /// - Throws: The database's error, once stopped.
    private func apply(_ events: [ReceivedEvent]) throws -> [Verdict] {
        var backoff = Backoff()
        let application = HalvedApplication<ReceivedEvent>(apply: commit, blame: FailureBlame.init)
        while true {
            pulse.moves()
            do {
                let verdicts = try application.verdicts(for: events[...])
                if presence.database(nil, worker: number) { logger.info("Order events are applied again") }
                return verdicts
            } catch {
                // A COMMIT without an answer needs nothing special: what it did is found done.
                guard !stop.isFired else { throw error }
                if presence.database("\(error)", worker: number) {
                    logger.warning("Order events wait for the database", metadata: ["error": "\(error)"])
                }
                stop.wait(atMost: backoff.next())
            }
        }
    }

    private func commit(_ events: ArraySlice<ReceivedEvent>) throws {
        let connection = try openConnection()
        let update = ProjectionUpdate(events.lazy.map(\.event), receivedAt: .now)
        let outcome = try connection.transaction { transaction in
            try OrderProjection.apply(update, in: transaction)
        }
        metrics.committed(events: events.count, changedOrders: outcome.changed)
        if logger.logLevel <= .debug { note(events) }
    }

    private func note(_ events: ArraySlice<ReceivedEvent>) {
        for event in events {
            var metadata: Logger.Metadata = [
                "order_id": "\(event.event.orderID)", "customer_id": "\(event.event.customer)",
                "pattern": "\(event.event.kind.rawValue)",
            ]
            if let id = event.delivery.message.messageID { metadata["event_id"] = "\(id)" }
            if case .string(let id)? = event.delivery.message.headers["x-request-id"] {
                metadata["request_id"] = "\(id)"
            }
            logger.debug("Order event applied", metadata: .kind(.eventApplied, metadata))
        }
    }

    private func openConnection() throws -> Connection {
        if let connection, connection.isUsable { return connection }
        connection?.close()
        let connection = try Connection(settings.database, interrupt: abandon, logger: logger)
        self.connection = connection
        return connection
    }

    // MARK: Parking and retrying

    /// Publishes what goes elsewhere, and waits until the broker has it.
    private func forward(_ judged: [(delivery: Delivery, verdict: Verdict)]) throws {
        let now = Date.now
        let messages = judged.compactMap {
            $0.verdict.message(for: $0.delivery, maximumAttempts: settings.maximumAttempts, at: now)
        }
        guard !messages.isEmpty else { return }
        try publish(messages)
        for message in messages { note(message) }
    }

    private func publish(_ messages: [Message]) throws {
        var unsendable: [Message] = []
        for (message, outcome) in zip(messages, consumer.publish(messages, deadline: .seconds(30))) {
            guard let error = outcome.failure else { continue }
            // With ours, its headers don't fit a frame any more. Without its own, they do.
            guard error.code == .unsendable, !message.hasOnlyForwardingHeaders else { throw error }
            unsendable.append(message.withOnlyForwardingHeaders)
        }
        if !unsendable.isEmpty { try publish(unsendable) }
    }

    private func note(_ message: Message) {
        guard case .string(let reason)? = message.headers[ForwardingHeader.reason] else { return metrics.sentBack() }
        metrics.parked(reason)
        var metadata: Logger.Metadata = ["reason": "\(reason)", "queue": "\(message.routingKey)"]
        if case .string(let detail)? = message.headers[ForwardingHeader.detail] { metadata["detail"] = "\(detail)" }
        if let id = message.messageID { metadata["event_id"] = "\(id)" }
        logger.warning("Message parked", metadata: .kind(.messageParked, metadata))
    }
}

extension PublishOutcome {
    /// Why the broker does not have the message for certain; `nil` if it does.
    var failure: RabbitMQError? {
        switch self {
        case .confirmed: nil
        case .returned(_, let text): RabbitMQError(.notFound, "a queue to forward messages to is gone: \(text)")
        case .refused: RabbitMQError(.channelClosed, "the broker refused a forwarded message: is its queue full?")
        case .unconfirmed(let error): error
        }
    }
}
