import CLibrabbitmq
import Glibc
import Threads

/// One connection to RabbitMQ, over librabbitmq. Blocking, and owned by one thread.
///
/// Every call has a deadline that a ``SocketGuard`` enforces. Heartbeats are off: with them, librabbitmq 0.11 hangs in
/// just the outages that they should find. TCP keepalive and TCP_USER_TIMEOUT find a dead peer instead.
///
/// It is used until its first ``failure`` and then given up: whether one channel was closed or the whole connection,
/// starting anew is the one way back that is always right.
final class BrokerConnection {
    let node: BrokerNode
    let interrupt: Interrupt
    let socketGuard: SocketGuard
    let memory = CallMemory()
    private let library: LibraryConnection
    /// What the broker is in the middle of sending.
    var assembly: ContentAssembly
    /// Why the broker takes no messages at the moment, as `connection.blocked` said.
    var blockedReason: String?
    /// What ended the connection.
    private(set) var failure: RabbitMQError?

    var state: amqp_connection_state_t { library.state }

    /// Connects and logs in.
    ///
    /// - Parameter maximumBody: The longest body that is kept when a message comes.
    /// - Throws: ``RabbitMQError``; the last node's, where there are several.
    static func open(
        _ options: BrokerOptions, maximumBody: Int, deadline: ContinuousClock.Instant, interrupt: Interrupt
    ) throws(RabbitMQError) -> BrokerConnection {
        let options = options.latest?.value ?? options
        var failure = RabbitMQError(.connectFailed, "no RabbitMQ node is configured")
        for (index, node) in options.nodes.enumerated() {
            // Each node gets its share of what is left, so that one that is silent doesn't use up all.
            let share = (deadline - .now) / (options.nodes.count - index)
            do throws(RabbitMQError) {
                return try BrokerConnection(
                    node, options, maximumBody: maximumBody, deadline: .now + share, interrupt: interrupt)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private init(
        _ node: BrokerNode, _ options: BrokerOptions, maximumBody: Int, deadline: ContinuousClock.Instant,
        interrupt: Interrupt
    ) throws(RabbitMQError) {
        library = try LibraryConnection(usesTLS: node.usesTLS)
        if node.usesTLS { try library.use(options.tls) }
        let descriptor = try library.dial(node, tls: options.tls, deadline: deadline, interrupt: interrupt)
        do {
            socketGuard = try SocketGuard(descriptor: descriptor, interrupt: interrupt)
        } catch {
            throw RabbitMQError(.connectFailed, "no connection to RabbitMQ: \(error)")
        }
        self.node = node
        self.interrupt = interrupt
        assembly = ContentAssembly(maximumBody: maximumBody)
        setKeepalive(descriptor)
        try logIn(connectionName: options.connectionName, deadline: deadline)
    }

    deinit {
        // Before the library closes the socket, whose number may then be another file's.
        socketGuard.close()
    }

    /// Says goodbye, briefly.
    func close() {
        guard failure == nil else { return }
        fail(RabbitMQError(.connectionLost, "the connection to RabbitMQ was closed"))
        socketGuard.until(.now + .seconds(1)) {
            _ = amqp_connection_close(state, AMQP_REPLY_SUCCESS)
        }
    }

    /// Ends the use of this connection.
    ///
    /// - Returns: The first failure, of which others are mere consequences.
    @discardableResult
    func fail(_ error: RabbitMQError) -> RabbitMQError {
        if let failure { return failure }
        failure = error
        return error
    }

    /// An idle peer is asked after 15 s and given up after 30, and so is one that doesn't acknowledge what was sent.
    private func setKeepalive(_ descriptor: Int32) {
        func set(_ level: Int32, _ option: Int32, _ value: Int32) {
            var value = value
            setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 15)
        set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5)
        set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
        set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 30_000)
    }
}
