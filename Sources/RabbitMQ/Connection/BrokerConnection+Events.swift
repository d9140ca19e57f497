import CLibrabbitmq
import Glibc
import Threads

extension BrokerConnection {
    /// The next thing that the broker sends, once it comes.
    ///
    /// - Returns: `nil` when the deadline passes, or the interrupt fires, before anything is there.
    /// - Throws: ``RabbitMQError`` when a channel or the connection was closed, now or before.
    func nextEvent(until deadline: ContinuousClock.Instant) throws(RabbitMQError) -> BrokerEvent? {
        repeat {
            if let event = try arrivedEvent() { return event }
        } while waitForData(until: deadline)
        return nil
    }

    /// The next thing that the broker has sent already.
    func arrivedEvent() throws(RabbitMQError) -> BrokerEvent? {
        if let failure { throw failure }
        while let frame = try arrivedFrame() {
            // The frame's memory is its channel's, and is used again once nothing of that channel is waiting.
            defer { amqp_maybe_release_buffers_on_channel(state, frame.channel) }
            if let event = try event(of: frame) { return event }
        }
        return nil
    }

    /// A frame that is here already; `nil` when the socket has no whole one.
    ///
    /// librabbitmq reads from the socket before it waits, so this finds what OpenSSL has buffered, too.
    private func arrivedFrame() throws(RabbitMQError) -> amqp_frame_t? {
        var frame = amqp_frame_t()
        var noTime = timeval()
        let status = amqp_simple_wait_frame_noblock(state, &frame, &noTime)
        switch amqp_status_enum(rawValue: status) {
        case AMQP_STATUS_OK: return frame
        case AMQP_STATUS_TIMEOUT: return nil
        default: throw lost(status, "waiting for messages")
        }
    }

    /// - Returns: Whether there is something to read; `false` once the deadline has passed or the interrupt fired.
    private func waitForData(until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = deadline - .now
            guard left > .zero, !interrupt.isFired else { return false }
            var descriptors = (
                pollfd(fd: amqp_get_sockfd(state), events: Int16(POLLIN), revents: 0),
                pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0)
            )
            withUnsafeMutableBytes(of: &descriptors) { bytes in
                _ = poll(bytes.assumingMemoryBound(to: pollfd.self).baseAddress, 2, left.pollMilliseconds)
            }
            if descriptors.0.revents != 0 { return true }
        }
    }

    /// - Returns: `nil` while a message is incomplete, and for frames that mean nothing to us.
    private func event(of frame: amqp_frame_t) throws(RabbitMQError) -> BrokerEvent? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD:
            return try event(of: frame.payload.method, on: frame.channel)
        case AMQP_FRAME_HEADER:
            let header = frame.payload.properties
            guard header.class_id == UInt16(AMQP_BASIC_CLASS), let decoded = header.decoded else { return nil }
            return assembly.header(
                decoded.load(as: amqp_basic_properties_t.self), bodySize: header.body_size, on: frame.channel)
        case AMQP_FRAME_BODY:
            let fragment = frame.payload.body_fragment
            return assembly.body(
                UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len), on: frame.channel)
        default:
            return nil
        }
    }

    private func event(of method: amqp_method_t, on channel: UInt16) throws(RabbitMQError) -> BrokerEvent? {
        guard let decoded = method.decoded else { return nil }
        switch Int64(method.id) {
        case Int64(AMQP_BASIC_DELIVER_METHOD):
            assembly.begin(decoded.load(as: amqp_basic_deliver_t.self), on: channel)
            return nil
        case Int64(AMQP_BASIC_RETURN_METHOD):
            assembly.begin(decoded.load(as: amqp_basic_return_t.self), on: channel)
            return nil
        case Int64(AMQP_BASIC_ACK_METHOD):
            let ack = decoded.load(as: amqp_basic_ack_t.self)
            return .acknowledged(sequence: ack.delivery_tag, multiple: ack.multiple != 0)
        case Int64(AMQP_BASIC_NACK_METHOD):
            let nack = decoded.load(as: amqp_basic_nack_t.self)
            return .refused(sequence: nack.delivery_tag, multiple: nack.multiple != 0)
        case Int64(AMQP_BASIC_CANCEL_METHOD):
            return .consumerCancelled(queue: String(decoded.load(as: amqp_basic_cancel_t.self).consumer_tag))
        case Int64(AMQP_CONNECTION_BLOCKED_METHOD):
            blockedReason = String(decoded.load(as: amqp_connection_blocked_t.self).reason)
            return .blockedOrUnblocked
        case Int64(AMQP_CONNECTION_UNBLOCKED_METHOD):
            blockedReason = nil
            return .blockedOrUnblocked
        case Int64(AMQP_CHANNEL_CLOSE_METHOD), Int64(AMQP_CONNECTION_CLOSE_METHOD):
            throw fail(closed(by: method, "with messages under way"))
        default:
            return nil
        }
    }
}
