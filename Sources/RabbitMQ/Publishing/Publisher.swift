public import Logging
public import Threads

/// Publishes messages and knows of each whether the broker has it.
///
/// Blocking, and owned by one thread: an actor on a `ThreadExecutor`, or a loop. It never reconnects by itself; after an
/// error its owner calls ``connect()`` again, which also declares the topology anew.
public final class Publisher {
    private let options: BrokerOptions
    private let topology: Topology
    private let window: Int
    private let interrupt: Interrupt
    private let logger: Logger
    private var connection: BrokerConnection?
    private var channel: ConfirmChannel?

    /// - Parameters:
    ///   - window: How many messages may be out without a confirm.
    ///   - interrupt: Ends every wait.
    public init(
        _ options: BrokerOptions, topology: Topology, window: Int = 512, interrupt: Interrupt, logger: Logger
    ) {
        self.options = options
        self.topology = topology
        self.window = window
        self.interrupt = interrupt
        self.logger = logger
    }

    /// Connects, declares the topology, and asks for confirms. An old connection is given up.
    ///
    /// - Throws: ``RabbitMQError``.
    public func connect() throws {
        close()
        let deadline = ContinuousClock.now + options.connectTimeout
        let connection = try BrokerConnection.open(options, interrupt: interrupt)
        try connection.declare(topology, deadline: deadline, logger: logger)
        channel = try ConfirmChannel(on: connection, window: window, deadline: deadline)
        self.connection = connection
        logger.info("Connected to RabbitMQ", metadata: ["node": "\(connection.node.host):\(connection.node.port)"])
    }

    /// Whether there is a connection that nothing is known to be wrong with.
    public var isConnected: Bool {
        connection.map { !$0.isBroken } ?? false
    }

    /// Why the broker takes no messages at the moment; `nil` when it does.
    public var blockedReason: String? {
        connection?.blockedReason
    }

    /// Publishes all and waits for the confirms.
    ///
    /// - Parameter deadline: How long it may take; then the connection is given up.
    /// - Returns: One outcome a message, in their order. It never throws half-way.
    public func publish(_ messages: [Message], deadline: Duration) -> [PublishOutcome] {
        guard let connection, isConnected, var channel else {
            let error = RabbitMQError(.connectionLost, "there is no connection to RabbitMQ")
            return messages.map { _ in .unconfirmed(error) }
        }
        let outcomes = channel.publish(messages, on: connection, deadline: .now + deadline, other: note)
        self.channel = channel
        if case .unconfirmed? = outcomes.first(where: \.isUnconfirmed) { close() }
        return outcomes
    }

    /// Looks, without waiting, at what the broker has sent: that it is blocked, or that the connection is gone.
    public func poll() {
        guard let connection, isConnected else { return }
        do {
            while let event = try connection.nextEvent(until: .now) { note(event) }
        } catch {
            logger.warning("The connection to RabbitMQ ended", metadata: ["error": "\(error)"])
            close()
        }
    }

    /// Gives the connection up.
    public func close() {
        connection?.close()
        connection = nil
        channel = nil
    }

    private func note(_ event: BrokerEvent) {
        switch event {
        case .blocked(let reason): connection?.noteBlocked(reason)
        case .unblocked: connection?.noteBlocked(nil)
        default: break
        }
    }
}

extension PublishOutcome {
    fileprivate var isUnconfirmed: Bool {
        if case .unconfirmed = self { true } else { false }
    }
}
