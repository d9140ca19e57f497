import CLibrabbitmq
import Threads

extension BrokerOptions {
    /// Reads the certificates' files as a connection would that is made now.
    ///
    /// - Throws: ``RabbitMQError`` `tls` that names the one that can't be used.
    public func checkFiles() throws(RabbitMQError) {
        guard nodes.contains(where: \.usesTLS) else { return }
        try LibraryConnection(usesTLS: true).use(tls)
    }
}

extension LibraryConnection {
    /// What Debian and its relatives trust, in one file.
    private static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"

    /// Sets up TLS 1.2 or later, with the certificates of the options.
    func use(_ tls: TLSOptions) throws(RabbitMQError) {
        amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        amqp_ssl_socket_set_verify_peer(socket, tls.verifiesPeer ? 1 : 0)
        amqp_ssl_socket_set_verify_hostname(socket, tls.verifiesPeer ? 1 : 0)
        let authorities = tls.caFile ?? Self.systemAuthorities
        if tls.verifiesPeer, amqp_ssl_socket_set_cacert(socket, authorities) != AMQP_STATUS_OK.rawValue {
            throw RabbitMQError(
                .tls, "the authorities' certificates in \(authorities) can't be read (RABBITMQ_CA_FILE)")
        }
        guard let certificate = tls.certificateFile else { return }
        let key = tls.keyFile ?? certificate
        guard amqp_ssl_socket_set_key(socket, certificate, key) == AMQP_STATUS_OK.rawValue else {
            throw RabbitMQError(
                .tls,
                "the client certificate \(certificate) and its key \(key) can't be read, or don't belong together "
                    + "(RABBITMQ_CERT_FILE, RABBITMQ_KEY_FILE)")
        }
    }

    /// Connects.
    ///
    /// - Returns: The socket.
    func dial(
        _ node: BrokerNode, tls: TLSOptions, deadline: ContinuousClock.Instant, interrupt: Interrupt
    ) throws(RabbitMQError) -> Int32 {
        guard !interrupt.isFired else { throw RabbitMQError(.interrupted, "stopping, not connecting to RabbitMQ") }
        let status: Int32?
        do {
            status = try Dial.open(
                self, host: node.host, port: node.port, deadline: deadline, interrupt: interrupt)
        } catch {
            throw RabbitMQError(.connectFailed, "no connection to RabbitMQ: \(error)")
        }
        guard let status else {
            throw interrupt.isFired
                ? RabbitMQError(.interrupted, "stopping while connecting to RabbitMQ")
                : RabbitMQError(.connectFailed, "RabbitMQ at \(node.address) doesn't answer: \(Self.whatToCheck)")
        }
        guard status == AMQP_STATUS_OK.rawValue else { throw Self.error(status, node, tls) }
        return amqp_get_sockfd(state)
    }

    private static let whatToCheck = "is it running, is RABBITMQ_URL right, does a firewall stand between?"

    private static func error(_ status: Int32, _ node: BrokerNode, _ tls: TLSOptions) -> RabbitMQError {
        let reason = String(cString: amqp_error_string2(status))
        switch amqp_status_enum(rawValue: status) {
        case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
            return RabbitMQError(
                .tls,
                "the certificate of RabbitMQ at \(node.address) is not signed by an authority in "
                    + "\(tls.caFile ?? systemAuthorities), or has expired (RABBITMQ_CA_FILE)")
        case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
            return RabbitMQError(
                .tls,
                "the certificate of RabbitMQ at \(node.address) is for another name than \(node.host): "
                    + "RABBITMQ_URL must have a name that is in it")
        case AMQP_STATUS_SSL_ERROR, AMQP_STATUS_SSL_CONNECTION_FAILED:
            return RabbitMQError(
                .tls,
                "the TLS handshake with RabbitMQ at \(node.address) failed (\(reason)): is it the port for amqps, and "
                    + "does it ask for a client certificate (RABBITMQ_CERT_FILE)?")
        case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED:
            return RabbitMQError(
                .connectFailed, "the name \(node.host) of RabbitMQ can't be looked up: is RABBITMQ_URL right?")
        default:
            return RabbitMQError(
                .connectFailed, "no connection to RabbitMQ at \(node.address) (\(reason)): \(whatToCheck)")
        }
    }
}
