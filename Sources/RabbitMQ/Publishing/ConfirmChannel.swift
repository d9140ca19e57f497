import CLibrabbitmq
import Threads

/// A channel in confirm mode: publishes batches and waits for what the broker says of each message.
struct ConfirmChannel {
    private let window: Int
    private var nextSequence: UInt64 = 1

    /// - Parameter window: How many messages may be out without a confirm.
    init(on connection: BrokerConnection, window: Int, deadline: ContinuousClock.Instant) throws {
        self.window = window
        try connection.openChannel(ChannelNumber.publishing, deadline: deadline)
        try connection.call(deadline, "asking for publisher confirms") {
            amqp_confirm_select(connection.state, ChannelNumber.publishing)
        }
    }

    /// Publishes all, in order, and waits for all confirms.
    ///
    /// - Parameter other: Takes what the broker sends meanwhile and is not about these messages.
    /// - Returns: One outcome a message. When it took too long or the connection ended, that is the rest's outcome.
    mutating func publish(
        _ messages: [Message], on connection: BrokerConnection, deadline: ContinuousClock.Instant,
        other: (BrokerEvent) throws -> Void
    ) -> [PublishOutcome] {
        var confirms = ConfirmWindow(firstSequence: nextSequence, count: messages.count)
        do {
            for message in messages {
                while confirms.unsettledCount >= window {
                    try handleEvent(messages, &confirms, connection, deadline, other)
                }
                try send(message, on: connection, deadline)
                nextSequence += 1
                confirms.published()
            }
            while confirms.unsettledCount > 0 {
                try handleEvent(messages, &confirms, connection, deadline, other)
            }
        } catch let error as RabbitMQError {
            return confirms.outcomes(count: messages.count, remaining: .unconfirmed(error))
        } catch {
            return confirms.outcomes(
                count: messages.count, remaining: .unconfirmed(RabbitMQError(.connectionLost, "\(error)")))
        }
        return confirms.outcomes(count: messages.count, remaining: .confirmed)
    }

    private func send(
        _ message: Message, on connection: BrokerConnection, _ deadline: ContinuousClock.Instant
    ) throws {
        defer { connection.memory.reset() }
        var properties = message.properties(in: connection.memory)
        let status = message.body.withUnsafeBytes { body in
            connection.socketGuard.until(deadline) {
                amqp_basic_publish(
                    connection.state, ChannelNumber.publishing, connection.memory.bytes(message.exchange),
                    connection.memory.bytes(message.routingKey), message.isMandatory ? 1 : 0, 0, &properties,
                    amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress)))
            }
        }
        guard status == AMQP_STATUS_OK.rawValue else { throw connection.lost(status, "publishing") }
    }

    private func handleEvent(
        _ messages: [Message], _ confirms: inout ConfirmWindow, _ connection: BrokerConnection,
        _ deadline: ContinuousClock.Instant, _ other: (BrokerEvent) throws -> Void
    ) throws {
        guard let event = try connection.nextEvent(until: deadline) else {
            throw connection.interrupt.isFired
                ? RabbitMQError(.interrupted, "stopping while confirms were awaited")
                : RabbitMQError(
                    .deadlineExceeded,
                    "RabbitMQ didn't confirm in time"
                        + (connection.blockedReason.map { ": it is blocked, \($0)" } ?? ""))
        }
        switch event {
        case .acknowledged(let sequence, let multiple):
            confirms.acknowledged(sequence: sequence, multiple: multiple)
        case .refused(let sequence, let multiple):
            confirms.refused(sequence: sequence, multiple: multiple)
        case .returned(let message, let code, let text):
            confirms.returned(code: code, text: text) { index in
                messages[index].messageID == message.messageID && messages[index].routingKey == message.routingKey
                    && messages[index].exchange == message.exchange
            }
        default:
            try other(event)
        }
    }
}
