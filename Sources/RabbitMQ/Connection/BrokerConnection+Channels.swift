import CLibrabbitmq
import Logging

extension BrokerConnection {
    /// Opens a channel, or opens it again after the broker closed it.
    func openChannel(_ channel: UInt16, deadline: ContinuousClock.Instant) throws {
        try call(deadline, "opening a channel") { amqp_channel_open(state, channel) }
    }

    /// Agrees to the broker's closing of a channel, so that its number can be used again.
    private func agreeToClose(_ channel: UInt16) {
        var ok = amqp_channel_close_ok_t()
        amqp_send_method(state, channel, UInt32(AMQP_CHANNEL_CLOSE_OK_METHOD), &ok)
        amqp_maybe_release_buffers_on_channel(state, channel)
    }

    /// Makes sure that everything in the topology is there.
    ///
    /// Passively first, so that a user without the right to configure can work with what others declared. What is there
    /// with other properties is used as it is, and said in the log.
    func declare(_ topology: Topology, deadline: ContinuousClock.Instant, logger: Logger) throws {
        let channel = ChannelNumber.declaring
        try openChannel(channel, deadline: deadline)
        for exchange in topology.exchanges {
            try declare("exchange", exchange.name, deadline, logger) { passive in
                amqp_exchange_declare(
                    state, channel, memory.bytes(exchange.name), memory.bytes(exchange.type.rawValue),
                    passive ? 1 : 0, exchange.durable ? 1 : 0, 0, 0, amqp_empty_table)
            }
        }
        for queue in topology.queues {
            try declare("queue", queue.name, deadline, logger) { passive in
                _ = amqp_queue_declare(
                    state, channel, memory.bytes(queue.name), passive ? 1 : 0, queue.durable ? 1 : 0, 0, 0,
                    memory.table(queue.arguments))
            }
        }
        for binding in topology.bindings {
            try call(deadline, "binding queue \(binding.queue) to exchange \(binding.exchange)") {
                amqp_queue_bind(
                    state, channel, memory.bytes(binding.queue), memory.bytes(binding.exchange),
                    memory.bytes(binding.routingKey), amqp_empty_table)
            }
        }
        try socketGuard.until(deadline) {
            try check(amqp_channel_close(state, channel, AMQP_REPLY_SUCCESS), "closing a channel")
        }
    }

    private func declare(
        _ kind: String, _ name: String, _ deadline: ContinuousClock.Instant, _ logger: Logger,
        _ declare: (_ passive: Bool) -> Void
    ) throws {
        var isThere = true
        do {
            try call(deadline, "looking for \(kind) \(name)") { declare(true) }
        } catch let error as RabbitMQError where error.code == .notFound {
            isThere = false
            try reopen(ChannelNumber.declaring, deadline)
        }
        do {
            try call(deadline, "declaring \(kind) \(name)") { declare(false) }
        } catch let error as RabbitMQError where isThere && (error.replyCode == 406 || error.replyCode == 403) {
            try reopen(ChannelNumber.declaring, deadline)
            guard error.code == .preconditionFailed else { return }
            logger.warning(
                "A \(kind) is there with other properties than wanted; it is used as it is",
                metadata: ["name": "\(name)", "difference": "\(error.message)"])
        }
    }

    private func reopen(_ channel: UInt16, _ deadline: ContinuousClock.Instant) throws {
        agreeToClose(channel)
        try openChannel(channel, deadline: deadline)
    }
}

/// What each channel of a connection is for.
enum ChannelNumber {
    static let consuming: UInt16 = 1
    static let publishing: UInt16 = 2
    static let declaring: UInt16 = 3
}
