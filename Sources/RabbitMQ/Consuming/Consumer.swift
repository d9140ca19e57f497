import CLibrabbitmq
import DequeModule
public import Logging
public import Threads

/// Takes messages from queues in batches, and answers for a batch at once.
///
/// Blocking, and owned by one thread. A closed channel, a cancelled consumer, a deleted queue and a lost connection are
/// all thrown from ``nextBatch(most:wait:)``; its owner then calls ``connect()`` again, and the broker hands out anew what
/// was not acknowledged. A second channel of the same connection publishes, with confirms, what must go elsewhere.
public final class Consumer {
    private let options: BrokerOptions
    private let topology: Topology
    private let queues: [String]
    private let prefetch: UInt16
    private let interrupt: Interrupt
    private let logger: Logger
    private var connection: BrokerConnection?
    private var channel: ConfirmChannel?
    private var arrived: Deque<Delivery> = []
    private var cancelledQueue: String?

    /// - Parameters:
    ///   - queues: Where messages are taken from.
    ///   - prefetch: How many messages the broker may hand out, a queue, before it hears of the first.
    ///   - interrupt: Ends every wait for messages. What is in hand can still be answered for.
    public init(
        _ options: BrokerOptions, topology: Topology, queues: [String], prefetch: UInt16, interrupt: Interrupt,
        logger: Logger
    ) {
        self.options = options
        self.topology = topology
        self.queues = queues
        self.prefetch = prefetch
        self.interrupt = interrupt
        self.logger = logger
    }

    /// Connects, declares the topology, and begins to consume. An old connection is given up.
    ///
    /// - Throws: ``RabbitMQError``.
    public func connect() throws {
        close()
        let deadline = ContinuousClock.now + options.connectTimeout
        let connection = try BrokerConnection.open(options, interrupt: interrupt)
        try connection.declare(topology, deadline: deadline, logger: logger)
        channel = try ConfirmChannel(on: connection, window: 512, deadline: deadline)
        try connection.openChannel(ChannelNumber.consuming, deadline: deadline)
        try connection.call(deadline, "setting the prefetch count") {
            amqp_basic_qos(connection.state, ChannelNumber.consuming, 0, prefetch, 0)
        }
        for queue in queues {
            // The queue's name serves as the consumer's tag: deliveries say it.
            try connection.call(deadline, "consuming from queue \(queue)") {
                amqp_basic_consume(
                    connection.state, ChannelNumber.consuming, connection.memory.bytes(queue),
                    connection.memory.bytes(queue), 0, 0, 0, amqp_empty_table)
            }
        }
        self.connection = connection
        logger.info("Consuming from RabbitMQ", metadata: ["node": "\(connection.node.host):\(connection.node.port)"])
    }

    public var isConnected: Bool {
        connection.map { !$0.isBroken } ?? false
    }

    /// Waits for a message, and takes with it what else has arrived.
    ///
    /// - Parameters:
    ///   - most: How many messages at most.
    ///   - wait: How long to wait for the first.
    /// - Returns: Empty when nothing came in time, or the interrupt fired.
    /// - Throws: ``RabbitMQError`` when there is no connection to take messages from any more.
    public func nextBatch(most: Int, wait: Duration) throws -> [Delivery] {
        let deadline = ContinuousClock.now + wait
        while arrived.isEmpty {
            guard let event = try openConnection().nextEvent(until: deadline) else { return [] }
            note(event)
            try throwIfCancelled()
        }
        while arrived.count < most, let event = try openConnection().nextEvent(until: .now) { note(event) }
        let batch = Array(arrived.prefix(most))
        arrived.removeFirst(batch.count)
        return batch
    }

    /// Tells the broker that this batch, and all before it, is done.
    ///
    /// - Parameter batch: As ``nextBatch(most:wait:)`` gave it.
    public func acknowledge(_ batch: [Delivery]) throws {
        guard let last = batch.last else { return }
        let connection = try openConnection()
        let status = connection.socketGuard.until(.now + .seconds(10)) {
            amqp_basic_ack(connection.state, ChannelNumber.consuming, last.tag, 1)
        }
        guard status == AMQP_STATUS_OK.rawValue else { throw connection.lost(status, "acknowledging messages") }
    }

    /// Gives a batch, and all before it, back to the broker.
    public func requeue(_ batch: [Delivery]) throws {
        guard let last = batch.last else { return }
        let connection = try openConnection()
        let status = connection.socketGuard.until(.now + .seconds(10)) {
            amqp_basic_nack(connection.state, ChannelNumber.consuming, last.tag, 1, 1)
        }
        guard status == AMQP_STATUS_OK.rawValue else { throw connection.lost(status, "giving messages back") }
    }

    /// Publishes all and waits for the confirms; see ``Publisher/publish(_:deadline:)``.
    public func publish(_ messages: [Message], deadline: Duration) -> [PublishOutcome] {
        guard let connection, isConnected, var channel else {
            let error = RabbitMQError(.connectionLost, "there is no connection to RabbitMQ")
            return messages.map { _ in .unconfirmed(error) }
        }
        defer { self.channel = channel }
        return channel.publish(messages, on: connection, deadline: .now + deadline, other: note)
    }

    /// Gives the connection up; what was not acknowledged is handed out anew.
    public func close() {
        connection?.close()
        connection = nil
        channel = nil
        arrived.removeAll()
        cancelledQueue = nil
    }

    private func openConnection() throws -> BrokerConnection {
        guard let connection, isConnected else {
            throw RabbitMQError(.connectionLost, "there is no connection to RabbitMQ")
        }
        return connection
    }

    private func note(_ event: BrokerEvent) {
        switch event {
        case .delivered(let delivery): arrived.append(delivery)
        case .consumerCancelled(let queue): cancelledQueue = queue
        case .blocked(let reason): connection?.noteBlocked(reason)
        case .unblocked: connection?.noteBlocked(nil)
        case .acknowledged, .refused, .returned: break
        }
    }

    private func throwIfCancelled() throws {
        guard let cancelledQueue else { return }
        throw RabbitMQError(
            .consumerCancelled, "RabbitMQ ended the consumer of queue \(cancelledQueue): was the queue deleted?")
    }
}
