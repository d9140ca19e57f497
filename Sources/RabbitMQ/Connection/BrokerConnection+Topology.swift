import CLibrabbitmq
import Logging

/// What each channel of a connection is for.
enum ChannelNumber {
    static let consuming: UInt16 = 1
    static let publishing: UInt16 = 2
    /// Lives while the topology is declared; a refused declaration closes only this one.
    static let declaring: UInt16 = 3
    static let count = 4
}

extension BrokerConnection {
    func openChannel(_ channel: UInt16, deadline: ContinuousClock.Instant) throws(RabbitMQError) {
        try call(deadline, "opening a channel") { amqp_channel_open(state, channel) }
    }

    /// Makes sure that everything in the topology is there.
    ///
    /// Passively first, so that a user without the right to configure can work with what others declared. What is there
    /// with other properties is used as it is, and said in the log.
    func declare(
        _ topology: Topology, deadline: ContinuousClock.Instant, logger: Logger
    ) throws(RabbitMQError) {
        let channel = ChannelNumber.declaring
        try openChannel(channel, deadline: deadline)
        for exchange in topology.exchanges {
            try declare("exchange", exchange.name, deadline, logger) { passive in
                amqp_exchange_declare(
                    state, channel, memory.shortText(exchange.name), memory.shortText(exchange.type.rawValue),
                    passive ? 1 : 0, exchange.durable ? 1 : 0, 0, 0, amqp_empty_table)
            }
        }
        for queue in topology.queues {
            try declare("queue", queue.name, deadline, logger) { passive in
                _ = amqp_queue_declare(
                    state, channel, memory.shortText(queue.name), passive ? 1 : 0, queue.durable ? 1 : 0, 0, 0,
                    memory.table(queue.arguments))
            }
        }
        for binding in topology.bindings {
            try bind(binding, deadline, logger)
        }
        let reply = socketGuard.until(deadline) { amqp_channel_close(state, channel, AMQP_REPLY_SUCCESS) }
        try check(reply, "closing a channel")
    }

    /// An exchange of an operator's own may not take the binding: one that spreads events over queues
    /// (`x-consistent-hash`) takes weights as binding keys. Its bindings are the operator's, then, and so is what becomes of
    /// a message for a queue that nobody reads. What no queue takes comes back to its publisher.
    private func bind(
        _ binding: Binding, _ deadline: ContinuousClock.Instant, _ logger: Logger
    ) throws(RabbitMQError) {
        let channel = ChannelNumber.declaring
        do throws(RabbitMQError) {
            try call(deadline, "binding queue \(binding.queue) to exchange \(binding.exchange)") {
                amqp_queue_bind(
                    state, channel, memory.shortText(binding.queue), memory.shortText(binding.exchange),
                    memory.shortText(binding.routingKey), amqp_empty_table)
            }
        } catch {
            guard error.code == .preconditionFailed else { throw error }
            try reopenChannel(deadline)
            logger.warning(
                "A queue can't be bound as wanted; its bindings are used as they are",
                metadata: ["name": "\(binding.queue)", "reason": "\(error.message)"])
        }
    }

    private func declare(
        _ kind: String, _ name: String, _ deadline: ContinuousClock.Instant, _ logger: Logger,
        _ declare: (_ passive: Bool) -> Void
    ) throws(RabbitMQError) {
        var isThere = true
        do throws(RabbitMQError) {
            try call(deadline, "looking for \(kind) \(name)") { declare(true) }
        } catch {
            guard error.code == .notFound else { throw error }
            isThere = false
            try reopenChannel(deadline)
        }
        do throws(RabbitMQError) {
            try call(deadline, "declaring \(kind) \(name)") { declare(false) }
        } catch {
            // 403: it is there and we may not configure it, so whether it differs can't be known.
            guard isThere, error.code == .preconditionFailed || error.replyCode == 403 else { throw error }
            try reopenChannel(deadline)
            guard error.code == .preconditionFailed else { return }
            logger.warning(
                "The \(kind) is there with other properties than wanted; it is used as it is",
                metadata: ["name": "\(name)", "difference": "\(error.message)"])
        }
    }

    /// Agrees to the broker's closing of the declaring channel, and opens it again.
    private func reopenChannel(_ deadline: ContinuousClock.Instant) throws(RabbitMQError) {
        let channel = ChannelNumber.declaring
        var agreed = amqp_channel_close_ok_t()
        try send(deadline, "closing a channel") {
            amqp_send_method(state, channel, UInt32(AMQP_CHANNEL_CLOSE_OK_METHOD), &agreed)
        }
        try openChannel(channel, deadline: deadline)
    }
}
