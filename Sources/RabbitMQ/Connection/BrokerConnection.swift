import CLibrabbitmq
import Glibc
import Threads

/// One connection to RabbitMQ, over librabbitmq. Blocking, and owned by one thread.
///
/// Every call has a deadline that a ``SocketGuard`` enforces. Heartbeats are off: with them, librabbitmq 0.11 hangs in
/// just the outages that they should find. TCP keepalive and TCP_USER_TIMEOUT find a dead peer instead.
final class BrokerConnection {
    let state: amqp_connection_state_t
    let socketGuard: SocketGuard
    let interrupt: Interrupt
    let memory = CallMemory()
    let node: BrokerOptions.Node
    /// Why the broker takes no messages at the moment, as `connection.blocked` said.
    private(set) var blockedReason: String?
    /// Whether anything went wrong that ends the connection.
    private(set) var isBroken = false

    /// Connects and logs in.
    ///
    /// - Throws: ``RabbitMQError``; the last node's, where there are several.
    static func open(_ options: BrokerOptions, interrupt: Interrupt) throws -> BrokerConnection {
        let deadline = ContinuousClock.now + options.connectTimeout
        var failure = RabbitMQError(.connectFailed, "no RabbitMQ node is configured")
        for (index, node) in options.nodes.enumerated() {
            // Each node gets its share of what is left, so that one that is silent doesn't use up all.
            let share = (deadline - .now) / (options.nodes.count - index)
            do {
                return try BrokerConnection(node, options, deadline: .now + share, interrupt: interrupt)
            } catch let error as RabbitMQError {
                failure = error
            }
        }
        throw failure
    }

    private init(
        _ node: BrokerOptions.Node, _ options: BrokerOptions, deadline: ContinuousClock.Instant, interrupt: Interrupt
    ) throws {
        guard !interrupt.isFired else { throw RabbitMQError(.interrupted, "stopping") }
        guard let state = amqp_new_connection() else {
            throw RabbitMQError(.connectFailed, "no memory for a connection to RabbitMQ")
        }
        self.state = state
        self.node = node
        self.interrupt = interrupt
        socketGuard = try SocketGuard(interrupt: interrupt)
        do {
            try connectSocket(options.tls, deadline: deadline)
            try socketGuard.until(deadline) { try logIn(options) }
        } catch {
            isBroken = true
            throw error
        }
    }

    deinit {
        socketGuard.close()
        amqp_destroy_connection(state)
    }

    /// Says goodbye, briefly.
    func close() {
        guard !isBroken else { return }
        isBroken = true
        socketGuard.until(.now + .seconds(1)) {
            _ = amqp_connection_close(state, AMQP_REPLY_SUCCESS)
        }
    }

    // MARK: Connecting

    private func connectSocket(_ tls: TLSOptions, deadline: ContinuousClock.Instant) throws {
        guard let socket = node.usesTLS ? amqp_ssl_socket_new(state) : amqp_tcp_socket_new(state) else {
            throw RabbitMQError(.connectFailed, "no memory for a socket to RabbitMQ")
        }
        if node.usesTLS { try configure(socket, tls) }
        var timeout = timeval(max(.milliseconds(1), deadline - .now))
        let status = amqp_socket_open_noblock(socket, node.host, Int32(node.port), &timeout)
        guard status == AMQP_STATUS_OK.rawValue else { throw connectError(status) }
        let descriptor = amqp_get_sockfd(state)
        socketGuard.watch(descriptor)
        set(SOL_SOCKET, SO_KEEPALIVE, 1, on: descriptor)
        set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 15, on: descriptor)
        set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5, on: descriptor)
        set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3, on: descriptor)
        set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 30_000, on: descriptor)
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32, on descriptor: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private func configure(_ socket: OpaquePointer, _ tls: TLSOptions) throws {
        amqp_ssl_socket_set_verify_peer(socket, tls.verifiesPeer ? 1 : 0)
        amqp_ssl_socket_set_verify_hostname(socket, tls.verifiesPeer ? 1 : 0)
        let authorities = tls.caFile ?? "/etc/ssl/certs/ca-certificates.crt"
        if tls.verifiesPeer, amqp_ssl_socket_set_cacert(socket, authorities) != AMQP_STATUS_OK.rawValue {
            throw RabbitMQError(
                .tls, "the authorities' certificates in \(authorities) can't be read (RABBITMQ_CA_FILE)")
        }
        guard let certificate = tls.certificateFile else { return }
        guard amqp_ssl_socket_set_key(socket, certificate, tls.keyFile ?? certificate) == AMQP_STATUS_OK.rawValue else {
            throw RabbitMQError(
                .tls,
                "the client certificate \(certificate) or its key can't be read, or they don't belong together "
                    + "(RABBITMQ_CERT_FILE, RABBITMQ_KEY_FILE)")
        }
    }

    private func connectError(_ status: Int32) -> RabbitMQError {
        let reason = String(cString: amqp_error_string2(status))
        switch amqp_status_enum(rawValue: status) {
        case AMQP_STATUS_SSL_ERROR, AMQP_STATUS_SSL_CONNECTION_FAILED, AMQP_STATUS_SSL_PEER_VERIFY_FAILED,
            AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
            return RabbitMQError(
                .tls,
                "TLS with RabbitMQ at \(node.host):\(node.port) failed (\(reason)): check RABBITMQ_CA_FILE, "
                    + "the names in the broker's certificate, and the client certificate if it asks for one")
        default:
            return RabbitMQError(
                .connectFailed,
                "no connection to RabbitMQ at \(node.host):\(node.port) (\(reason)): is it running, and is "
                    + "RABBITMQ_URL right?")
        }
    }

    private func logIn(_ options: BrokerOptions) throws {
        defer { memory.reset() }
        var properties = memory.table([
            "product": .string("Tradepost"), "connection_name": .string(options.connectionName),
            "capabilities": .table([
                "consumer_cancel_notify": .bool(true), "connection.blocked": .bool(true),
                "authentication_failure_close": .bool(true), "publisher_confirms": .bool(true),
                "basic.nack": .bool(true),
            ]),
        ])
        let reply = login_with_password(
            state, node.virtualHost, 0, 131_072, 0, &properties, node.user, node.password)
        do {
            try check(reply, "logging in")
        } catch let error as RabbitMQError {
            // RabbitMQ closes the socket without a word when a login is wrong and the client is old; with 403 otherwise.
            guard error.replyCode == 403 || error.replyCode == 530 else { throw error }
            throw RabbitMQError(
                .authenticationRefused,
                "RabbitMQ at \(node.host):\(node.port) refuses user \(node.user) on virtual host "
                    + "\(node.virtualHost) (\(error.message)): check RABBITMQ_URL and the user's permissions",
                replyCode: error.replyCode)
        }
    }

    // MARK: Calls

    /// A call to the broker that waits for its answer, at most until the deadline.
    func call(_ deadline: ContinuousClock.Instant, _ what: String, _ body: () -> Void) throws {
        try socketGuard.until(deadline) {
            body()
            try check(amqp_get_rpc_reply(state), what)
        }
        memory.reset()
    }

    /// Turns what librabbitmq says into an error.
    func check(_ reply: amqp_rpc_reply_t, _ what: String) throws {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION: throw exception(reply.reply, what)
        default: throw lost(reply.library_error, what)
        }
    }

    /// The error for a status other than OK; the connection is of no use after it.
    func lost(_ status: Int32, _ what: String) -> RabbitMQError {
        isBroken = true
        if socketGuard.hasTripped {
            return interrupt.isFired
                ? RabbitMQError(.interrupted, "stopping while \(what)")
                : RabbitMQError(
                    .deadlineExceeded, "RabbitMQ at \(node.host):\(node.port) didn't answer in time, \(what)")
        }
        let reason = String(cString: amqp_error_string2(status))
        return RabbitMQError(
            .connectionLost, "the connection to RabbitMQ at \(node.host):\(node.port) ended, \(what): \(reason)")
    }

    /// Reads `channel.close` or `connection.close`, and answers the former so that the channel can be opened again.
    func exception(_ method: amqp_method_t, _ what: String) -> RabbitMQError {
        if method.id == AMQP_CHANNEL_CLOSE_METHOD, let decoded = method.decoded {
            let close = decoded.load(as: amqp_channel_close_t.self)
            let text = String(close.reply_text)
            return RabbitMQError(
                .init(replyCode: Int(close.reply_code)), "\(what): \(text)", replyCode: Int(close.reply_code))
        }
        isBroken = true
        if method.id == AMQP_CONNECTION_CLOSE_METHOD, let decoded = method.decoded {
            let close = decoded.load(as: amqp_connection_close_t.self)
            var ok = amqp_connection_close_ok_t()
            amqp_send_method(state, 0, UInt32(AMQP_CONNECTION_CLOSE_OK_METHOD), &ok)
            return RabbitMQError(
                .connectionLost, "RabbitMQ closed the connection, \(what): \(String(close.reply_text))",
                replyCode: Int(close.reply_code))
        }
        return RabbitMQError(.connectionLost, "RabbitMQ answered something unexpected, \(what)")
    }

    func noteBlocked(_ reason: String?) {
        blockedReason = reason
    }
}

extension RabbitMQError.Code {
    fileprivate init(replyCode: Int) {
        switch replyCode {
        case 404: self = .notFound
        case 406: self = .preconditionFailed
        default: self = .channelClosed
        }
    }
}

extension timeval {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
