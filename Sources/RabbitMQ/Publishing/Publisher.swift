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
    ///   - interrupt: Ends every wait; nothing is published after it.
    public init(
        _ options: BrokerOptions, topology: Topology, window: Int = 512, interrupt: Interrupt, logger: Logger
    ) {
        self.options = options
        self.topology = topology
        self.window = window
        self.interrupt = interrupt
        self.logger = logger
    }

    deinit {
        close()
    }

    /// Connects, declares the topology, and asks for confirms. An old connection is given up.
    public func connect() throws(RabbitMQError) {
        close()
        let deadline = ContinuousClock.now + options.connectTimeout
        let connection = try BrokerConnection.open(
            options, maximumBody: 0, deadline: deadline, interrupt: interrupt)
        self.connection = connection
        do throws(RabbitMQError) {
            try connection.declare(topology, deadline: deadline, logger: logger)
            channel = try ConfirmChannel(on: connection, window: window, deadline: deadline)
        } catch {
            close()
            throw error
        }
        logger.info("Publishing to RabbitMQ", metadata: ["node": "\(connection.node.address)"])
    }

    /// Whether there is a connection that nothing is known to be wrong with; it may be blocked.
    public var isConnected: Bool {
        connection.map { $0.failure == nil } ?? false
    }

    /// Why the broker takes no messages at the moment (`connection.blocked`); `nil` when it does.
    public var blockedReason: String? {
        connection?.blockedReason
    }

    /// Publishes all and waits for the confirms.
    ///
    /// While the broker is blocked nothing is sent; it is waited for, and the connection stays when the time is over.
    ///
    /// - Parameter deadline: How long it may take; then a silent connection is given up.
    /// - Returns: One outcome a message, in their order. It never throws half-way.
    public func publish(_ messages: [Message], deadline: Duration) -> [PublishOutcome] {
        guard let channel else {
            return messages.map { _ in .unconfirmed(.notConnected) }
        }
        return channel.publish(messages, deadline: .now + deadline) { _ in }
    }

    /// Looks, without waiting, at what the broker has sent: that it is blocked, or that the connection is gone.
    public func poll() {
        guard let connection, isConnected else { return }
        do throws(RabbitMQError) {
            while let event = try connection.arrivedEvent() { channel?.note(event) }
        } catch {
            logger.warning("The connection to RabbitMQ ended", metadata: ["error": "\(error)"])
        }
    }

    /// Gives the connection up.
    public func close() {
        connection?.close()
        connection = nil
        channel = nil
    }
}

extension RabbitMQError {
    static let notConnected = RabbitMQError(.connectionLost, "there is no connection to RabbitMQ")
}
