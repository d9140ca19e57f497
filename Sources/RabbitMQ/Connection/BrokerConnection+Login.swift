import CLibrabbitmq

extension BrokerConnection {
    /// Logs in, and tells the broker what we understand of its extensions.
    func logIn(connectionName: String, deadline: ContinuousClock.Instant) throws(RabbitMQError) {
        // The library's own limit of 12 s is in nobody's configuration; the guard keeps ours.
        amqp_set_handshake_timeout(state, nil)
        defer { memory.reset() }
        var properties = memory.table([
            "product": .string("Tradepost"),
            "connection_name": .string(connectionName),
            "capabilities": .table([
                "authentication_failure_close": .bool(true),
                "basic.nack": .bool(true),
                "connection.blocked": .bool(true),
                "consumer_cancel_notify": .bool(true),
                "publisher_confirms": .bool(true),
            ]),
        ])
        let largestFrame: Int32 = 131_072
        let reply = socketGuard.until(deadline) {
            login_with_password(
                state, node.virtualHost, 0, largestFrame, 0, &properties, node.user, node.password.text)
        }
        do throws(RabbitMQError) {
            try check(reply, "logging in")
        } catch {
            throw explained(error)
        }
    }

    private func explained(_ error: RabbitMQError) -> RabbitMQError {
        switch error.replyCode {
        case 403, 530:
            return RabbitMQError(
                .authenticationRefused,
                "RabbitMQ at \(node.address) refuses user \(node.user) on virtual host \(node.virtualHost): "
                    + "check RABBITMQ_URL, that the virtual host exists (rabbitmqctl list_vhosts) and the user's "
                    + "permissions (rabbitmqctl list_permissions -p \(node.virtualHost)). It said: \(error.message)",
                replyCode: error.replyCode)
        case nil where error.code == .connectionLost:
            let hint =
                node.usesTLS
                ? "does it ask for a client certificate (RABBITMQ_CERT_FILE), or refuse this one?"
                : "is it the port for amqp, without TLS, and is RabbitMQ done starting?"
            return RabbitMQError(.connectionLost, "\(error.message); \(hint)")
        default:
            return error
        }
    }
}
