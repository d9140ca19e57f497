import CLibrabbitmq
import Threads

/// A channel in confirm mode: publishes batches and waits for what the broker says of each message.
final class ConfirmChannel {
    /// So much is sent before a look at what has come: far less than the socket's buffers hold, so that a broker which
    /// stops reading is noticed by its `connection.blocked` and not by a call that hangs.
    private static let bytesBetweenLooks = 65_536

    private let connection: BrokerConnection
    private let window: Int
    private var ledger = ConfirmLedger()
    private var bytesSinceLook = 0

    /// - Parameter window: How many messages may be out without a confirm.
    init(
        on connection: BrokerConnection, window: Int, deadline: ContinuousClock.Instant
    ) throws(RabbitMQError) {
        self.connection = connection
        self.window = max(1, window)
        try connection.openChannel(ChannelNumber.publishing, deadline: deadline)
        try connection.call(deadline, "asking for publisher confirms") {
            amqp_confirm_select(connection.state, ChannelNumber.publishing)
        }
    }

    /// Publishes all, in order, and waits for all confirms.
    ///
    /// - Parameter other: Takes what the broker sends meanwhile and is not about these messages.
    /// - Returns: One outcome a message. When it took too long or the connection ended, that is the rest's outcome.
    func publish(
        _ messages: [Message], deadline: ContinuousClock.Instant, other: (BrokerEvent) -> Void
    ) -> [PublishOutcome] {
        ledger.begin(count: messages.count)
        do throws(RabbitMQError) {
            guard !connection.interrupt.isFired else { throw connection.timedOut("about to publish") }
            try takeArrived(other)
            for (index, message) in messages.enumerated() {
                while ledger.outstandingCount >= window || connection.blockedReason != nil {
                    try takeNext(deadline, other)
                }
                try send(message, at: index, deadline)
                if bytesSinceLook >= Self.bytesBetweenLooks { try takeArrived(other) }
            }
            while ledger.openCount > 0 { try takeNext(deadline, other) }
            return ledger.end(remaining: .confirmed)
        } catch {
            return ledger.end(remaining: .unconfirmed(error))
        }
    }

    /// Takes note of an event, if it is about a published message.
    ///
    /// - Returns: Whether it is.
    @discardableResult
    func note(_ event: BrokerEvent) -> Bool {
        switch event {
        case .acknowledged(let sequence, let multiple):
            ledger.acknowledged(sequence: sequence, multiple: multiple)
        case .refused(let sequence, let multiple):
            ledger.refused(sequence: sequence, multiple: multiple)
        case .returned(let message, let code, let text):
            ledger.returned(ConfirmLedger.Identity(message), code: code, text: text)
        case .delivered, .blockedOrUnblocked, .consumerCancelled:
            return false
        }
        return true
    }

    private func send(
        _ message: Message, at index: Int, _ deadline: ContinuousClock.Instant
    ) throws(RabbitMQError) {
        let memory = connection.memory
        let (exchange, routingKey) = (memory.shortText(message.exchange), memory.shortText(message.routingKey))
        var properties = message.properties(in: memory)
        if let error = reasonNotToSend(&properties) {
            memory.reset()
            return ledger.settle(index, .unconfirmed(error))
        }
        bytesSinceLook += memory.used + message.body.count
        try connection.send(deadline, "publishing") {
            message.body.withUnsafeBytes { body in
                amqp_basic_publish(
                    connection.state, ChannelNumber.publishing, exchange, routingKey, message.isMandatory ? 1 : 0, 0,
                    &properties,
                    amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress)))
            }
        }
        ledger.published(index, ConfirmLedger.Identity(message))
    }

    /// What librabbitmq would notice only after it had sent a half of the message, or not at all.
    private func reasonNotToSend(_ properties: inout amqp_basic_properties_t) -> RabbitMQError? {
        if let fault = connection.memory.fault {
            return RabbitMQError(.unsendable, "the message can't be sent: \(fault)")
        }
        let frame = Int(amqp_get_frame_max(connection.state)) - 64
        guard connection.memory.used > frame else { return nil }
        let status = withUnsafeTemporaryAllocation(byteCount: frame, alignment: 1) { encoded in
            amqp_encode_properties(
                UInt16(AMQP_BASIC_CLASS), &properties, amqp_bytes_t(len: frame, bytes: encoded.baseAddress))
        }
        return status >= 0
            ? nil : RabbitMQError(.unsendable, "the message can't be sent: its headers are larger than \(frame) bytes")
    }

    private func takeArrived(_ other: (BrokerEvent) -> Void) throws(RabbitMQError) {
        bytesSinceLook = 0
        while let event = try connection.arrivedEvent() {
            if !note(event) { other(event) }
        }
    }

    private func takeNext(
        _ deadline: ContinuousClock.Instant, _ other: (BrokerEvent) -> Void
    ) throws(RabbitMQError) {
        if let event = try connection.nextEvent(until: deadline) {
            if !note(event) { other(event) }
            return
        }
        // Blocked, the connection is kept: on a new one the same messages would be sent, and wait, a second time.
        if let reason = connection.blockedReason, !connection.interrupt.isFired {
            throw RabbitMQError(
                .blocked,
                "RabbitMQ at \(connection.node.address) takes no messages for now (\(reason)): see rabbitmqctl status "
                    + "for the alarm; it goes on by itself when memory or disk are free again")
        }
        throw connection.fail(connection.timedOut("waiting for confirms"))
    }
}
