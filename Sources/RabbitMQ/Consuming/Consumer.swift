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
    private let maximumBody: Int
    private let interrupt: Interrupt
    private let logger: Logger
    private var connection: BrokerConnection?
    private var connectionNumber = 0
    private var channel: ConfirmChannel?
    private var arrived: Deque<Delivery> = []
    /// How many messages lay in the queues, ready to be handed out, when consuming began.
    public private(set) var waitingAtFirst = 0

    /// - Parameters:
    ///   - queues: Where messages are taken from.
    ///   - prefetch: How many messages the broker may hand out, a queue, before it hears of the first.
    ///   - maximumBody: The longest body that is kept, in bytes. A longer one is read and forgotten; the delivery says so.
    ///     A batch also ends when its bodies are as long as this together.
    ///   - interrupt: Ends every wait for messages. What is in hand can still be answered for.
    public init(
        _ options: BrokerOptions, topology: Topology, queues: [String], prefetch: UInt16,
        maximumBody: Int = 16 << 20, interrupt: Interrupt, logger: Logger
    ) {
        self.options = options
        self.topology = topology
        self.queues = queues
        self.prefetch = prefetch
        self.maximumBody = maximumBody
        self.interrupt = interrupt
        self.logger = logger
    }

    deinit {
        close()
    }

    /// Connects, declares the topology, and begins to consume. An old connection is given up.
    public func connect() throws(RabbitMQError) {
        close()
        let deadline = ContinuousClock.now + options.connectTimeout
        let connection = try BrokerConnection.open(
            options, maximumBody: maximumBody, deadline: deadline, interrupt: interrupt)
        self.connection = connection
        connectionNumber += 1
        do throws(RabbitMQError) {
            try connection.declare(topology, deadline: deadline, logger: logger)
            channel = try ConfirmChannel(on: connection, window: 512, deadline: deadline)
            try consume(on: connection, deadline)
        } catch {
            close()
            throw error
        }
        logger.info("Consuming from RabbitMQ", metadata: ["node": "\(connection.node.address)"])
    }

    private func consume(
        on connection: BrokerConnection, _ deadline: ContinuousClock.Instant
    ) throws(RabbitMQError) {
        let (state, channel) = (connection.state, ChannelNumber.consuming)
        try connection.openChannel(channel, deadline: deadline)
        try connection.call(deadline, "setting the prefetch count") { amqp_basic_qos(state, channel, 0, prefetch, 0) }
        waitingAtFirst = 0
        for queue in queues {
            try connection.call(deadline, "counting the messages of queue \(queue)") {
                let name = connection.memory.shortText(queue)
                let counted = amqp_queue_declare(state, channel, name, 1, 0, 0, 0, amqp_empty_table)
                waitingAtFirst += counted.map { Int($0.pointee.message_count) } ?? 0
            }
        }
        for queue in queues {
            try connection.call(deadline, "consuming from queue \(queue)") {
                // The queue's name serves as the consumer's tag: deliveries say it.
                let name = connection.memory.shortText(queue)
                amqp_basic_consume(state, channel, name, name, 0, 0, 0, amqp_empty_table)
            }
        }
    }

    /// Whether there is a connection that nothing is known to be wrong with.
    public var isConnected: Bool {
        connection.map { $0.failure == nil } ?? false
    }

    /// Waits for a message, and takes with it what else has arrived.
    ///
    /// - Parameters:
    ///   - most: How many messages at most.
    ///   - wait: How long to wait for the first.
    /// - Returns: Empty when nothing came in time, or the interrupt fired.
    /// - Throws: ``RabbitMQError`` when there is no connection to take messages from any more.
    public func nextBatch(most: Int, wait: Duration) throws(RabbitMQError) -> [Delivery] {
        let deadline = ContinuousClock.now + wait
        let connection = try liveConnection()
        while arrived.isEmpty {
            guard let event = try connection.nextEvent(until: deadline) else { return [] }
            note(event)
        }
        var batch: [Delivery] = []
        var bytes = 0
        while batch.count < most, bytes < maximumBody {
            if arrived.isEmpty {
                // What went wrong meanwhile can wait until these are handed over: the next call throws it.
                guard connection.failure == nil, let event = try? connection.arrivedEvent() else { break }
                note(event)
            } else {
                let delivery = arrived.removeFirst()
                bytes += delivery.message.body.count
                batch.append(delivery)
            }
        }
        return batch
    }

    /// Tells the broker that this batch, and all before it, is done.
    ///
    /// - Parameter batch: As ``nextBatch(most:wait:)`` gave it.
    /// - Throws: ``RabbitMQError`` when its connection is gone; the broker then hands it out anew.
    public func acknowledge(_ batch: [Delivery]) throws(RabbitMQError) {
        guard let last = batch.last else { return }
        let connection = try liveConnection(of: last)
        try connection.send(.now + options.connectTimeout, "acknowledging messages") {
            amqp_basic_ack(connection.state, ChannelNumber.consuming, last.tag, 1)
        }
    }

    /// Tells the broker that one message is done; those before it are not answered for.
    public func acknowledge(only delivery: Delivery) throws(RabbitMQError) {
        let connection = try liveConnection(of: delivery)
        try connection.send(.now + options.connectTimeout, "acknowledging a message") {
            amqp_basic_ack(connection.state, ChannelNumber.consuming, delivery.tag, 0)
        }
    }

    /// Waits until the broker has heard all that was acknowledged so far.
    ///
    /// An acknowledgement has no answer, and is lost with a connection that ends at once. A channel works in order (AMQP
    /// 0-9-1, section 4.7), so the answer to anything that has one will do.
    public func awaitAcknowledged(deadline: Duration) throws(RabbitMQError) {
        let connection = try liveConnection()
        try connection.call(.now + deadline, "waiting for acknowledgements to be heard") {
            amqp_basic_qos(connection.state, ChannelNumber.consuming, 0, prefetch, 0)
        }
    }

    /// Gives a batch, and all before it that was not acknowledged, back to the broker.
    public func requeue(_ batch: [Delivery]) throws(RabbitMQError) {
        guard let last = batch.last else { return }
        try refuse(last, multiple: true, requeue: true)
    }

    /// Gives up on one message: the broker moves it, as it is, to where its queue's dead letters go, and drops it where
    /// they go nowhere. The deliveries before it are not answered for.
    public func deadLetter(_ delivery: Delivery) throws(RabbitMQError) {
        try refuse(delivery, multiple: false, requeue: false)
    }

    private func refuse(_ delivery: Delivery, multiple: Bool, requeue: Bool) throws(RabbitMQError) {
        let connection = try liveConnection(of: delivery)
        try connection.send(.now + options.connectTimeout, "giving messages back") {
            amqp_basic_nack(
                connection.state, ChannelNumber.consuming, delivery.tag, multiple ? 1 : 0, requeue ? 1 : 0)
        }
    }

    /// Publishes all and waits for the confirms; see ``Publisher/publish(_:deadline:)``.
    public func publish(_ messages: [Message], deadline: Duration) -> [PublishOutcome] {
        guard let channel else { return messages.map { _ in .unconfirmed(.notConnected) } }
        return channel.publish(messages, deadline: .now + deadline, other: note)
    }

    /// Gives the connection up; what was not acknowledged is handed out anew.
    public func close() {
        connection?.close()
        connection = nil
        channel = nil
        arrived.removeAll()
    }

    private func liveConnection(of delivery: Delivery? = nil) throws(RabbitMQError) -> BrokerConnection {
        guard let connection else { throw .notConnected }
        guard delivery.map({ $0.connectionNumber == connectionNumber }) ?? true else {
            throw RabbitMQError(
                .connectionLost, "the connection that these messages came on is gone; the broker hands them out again")
        }
        return connection
    }

    private func note(_ event: BrokerEvent) {
        switch event {
        case .delivered(var delivery):
            delivery.connectionNumber = connectionNumber
            arrived.append(delivery)
        case .consumerCancelled(let queue):
            connection?.fail(
                RabbitMQError(
                    .consumerCancelled,
                    "RabbitMQ ended the consumer of queue \(queue): was the queue deleted, or did its node stop?"))
        case .acknowledged, .refused, .returned:
            channel?.note(event)
        case .blockedOrUnblocked:
            break
        }
    }
}
