import CLibrabbitmq
import Glibc
import Threads

extension BrokerConnection {
    /// The next thing that the broker sends, once it comes.
    ///
    /// - Returns: `nil` when the deadline passes, or the interrupt fires, before anything is there.
    /// - Throws: ``RabbitMQError`` when the channel or the connection was closed.
    func nextEvent(until deadline: ContinuousClock.Instant) throws -> BrokerEvent? {
        while true {
            if let frame = try bufferedFrame() {
                if let event = try event(of: frame) { return event }
                continue
            }
            guard try waitForData(until: deadline) else { return nil }
        }
    }

    /// A frame that is here already; `nil` when the socket has no whole one.
    ///
    /// librabbitmq reads from the socket before it waits, so this finds what OpenSSL has buffered, too.
    private func bufferedFrame() throws -> amqp_frame_t? {
        var frame = amqp_frame_t()
        var none = timeval()
        let status = amqp_simple_wait_frame_noblock(state, &frame, &none)
        switch amqp_status_enum(rawValue: status) {
        case AMQP_STATUS_OK: return frame
        case AMQP_STATUS_TIMEOUT: return nil
        default: throw lost(status, "waiting for messages")
        }
    }

    /// - Returns: Whether there is something to read; `false` once the deadline has passed or the interrupt fired.
    private func waitForData(until deadline: ContinuousClock.Instant) throws -> Bool {
        while true {
            let left = deadline - .now
            guard left > .zero, !interrupt.isFired else { return false }
            var entries = [
                pollfd(fd: amqp_get_sockfd(state), events: Int16(POLLIN), revents: 0),
                pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            poll(&entries, 2, left.pollMilliseconds)
            if entries[0].revents != 0 { return true }
        }
    }

    /// - Returns: `nil` for frames that mean nothing to us.
    private func event(of frame: amqp_frame_t) throws -> BrokerEvent? {
        guard frame.frame_type == UInt8(AMQP_FRAME_METHOD), let decoded = frame.payload.method.decoded else {
            return nil
        }
        let method = frame.payload.method
        switch method.id {
        case UInt32(AMQP_BASIC_DELIVER_METHOD):
            return .delivered(try delivery(decoded.load(as: amqp_basic_deliver_t.self), frame.channel))
        case UInt32(AMQP_BASIC_ACK_METHOD):
            let ack = decoded.load(as: amqp_basic_ack_t.self)
            return .acknowledged(sequence: ack.delivery_tag, multiple: ack.multiple != 0)
        case UInt32(AMQP_BASIC_NACK_METHOD):
            let nack = decoded.load(as: amqp_basic_nack_t.self)
            return .refused(sequence: nack.delivery_tag, multiple: nack.multiple != 0)
        case UInt32(AMQP_BASIC_RETURN_METHOD):
            let returned = decoded.load(as: amqp_basic_return_t.self)
            let (code, text) = (Int(returned.reply_code), String(returned.reply_text))
            let message = try content(
                exchange: String(returned.exchange), routingKey: String(returned.routing_key), frame.channel)
            return .returned(message, code: code, text: text)
        case UInt32(AMQP_CONNECTION_BLOCKED_METHOD):
            return .blocked(reason: String(decoded.load(as: amqp_connection_blocked_t.self).reason))
        case UInt32(AMQP_CONNECTION_UNBLOCKED_METHOD):
            return .unblocked
        case UInt32(AMQP_BASIC_CANCEL_METHOD):
            return .consumerCancelled(tag: String(decoded.load(as: amqp_basic_cancel_t.self).consumer_tag))
        case UInt32(AMQP_CHANNEL_CLOSE_METHOD), UInt32(AMQP_CONNECTION_CLOSE_METHOD):
            throw exception(method, "while messages were under way")
        default:
            return nil
        }
    }

    private func delivery(_ deliver: amqp_basic_deliver_t, _ channel: UInt16) throws -> Delivery {
        let consumerTag = String(deliver.consumer_tag)
        let message = try content(
            exchange: String(deliver.exchange), routingKey: String(deliver.routing_key), channel)
        return Delivery(
            message: message, tag: deliver.delivery_tag, queue: consumerTag, isRedelivered: deliver.redelivered != 0)
    }

    /// The header and body frames that follow a `basic.deliver` or `basic.return`.
    private func content(exchange: String, routingKey: String, _ channel: UInt16) throws -> Message {
        var message = amqp_message_t()
        let reply = socketGuard.until(.now + .seconds(30)) { amqp_read_message(state, channel, &message, 0) }
        try check(reply, "reading a message")
        defer {
            amqp_destroy_message(&message)
            amqp_maybe_release_buffers_on_channel(state, channel)
        }
        return Message(exchange: exchange, routingKey: routingKey, message)
    }
}
