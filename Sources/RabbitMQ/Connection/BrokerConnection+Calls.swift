import CLibrabbitmq
import Threads

extension BrokerConnection {
    /// A call to the broker that waits for its answer, at most until the deadline.
    func call(
        _ deadline: ContinuousClock.Instant, _ what: String, _ body: () -> Void
    ) throws(RabbitMQError) {
        if let failure { throw failure }
        defer {
            memory.reset()
            amqp_maybe_release_buffers(state)
        }
        let reply = socketGuard.until(deadline) {
            body()
            return amqp_get_rpc_reply(state)
        }
        try check(reply, what)
    }

    /// Sends something that has no answer.
    func send(
        _ deadline: ContinuousClock.Instant, _ what: String, _ body: () -> Int32
    ) throws(RabbitMQError) {
        if let failure { throw failure }
        defer { memory.reset() }
        let status = socketGuard.until(deadline, body)
        guard status == AMQP_STATUS_OK.rawValue else { throw lost(status, what) }
    }

    /// Turns what librabbitmq says of a call into an error.
    func check(_ reply: amqp_rpc_reply_t, _ what: String) throws(RabbitMQError) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION: throw closed(by: reply.reply, what)
        default: throw lost(reply.library_error, what)
        }
    }

    /// The error for a status other than OK; the connection is of no use after it.
    func lost(_ status: Int32, _ what: String) -> RabbitMQError {
        guard socketGuard.hasTripped else {
            let reason = String(cString: amqp_error_string2(status))
            return fail(
                RabbitMQError(
                    .connectionLost, "the connection to RabbitMQ at \(node.address) ended while \(what): \(reason)"))
        }
        return fail(timedOut(what))
    }

    /// The error when the time for something is over, or the program stops.
    func timedOut(_ what: String) -> RabbitMQError {
        interrupt.isFired
            ? RabbitMQError(.interrupted, "stopping while \(what)")
            : RabbitMQError(
                .deadlineExceeded,
                "RabbitMQ at \(node.address) didn't answer in time, \(what): is it overloaded or frozen?")
    }

    /// Reads `channel.close` or `connection.close`; the latter is agreed to, and ends the connection.
    func closed(by method: amqp_method_t, _ what: String) -> RabbitMQError {
        guard let decoded = method.decoded else { return lost(AMQP_STATUS_BAD_AMQP_DATA.rawValue, what) }
        switch method.id {
        case UInt32(AMQP_CHANNEL_CLOSE_METHOD):
            let close = decoded.load(as: amqp_channel_close_t.self)
            let code = Int(close.reply_code)
            return RabbitMQError(.init(replyCode: code), "\(what): \(String(close.reply_text))", replyCode: code)
        case UInt32(AMQP_CONNECTION_CLOSE_METHOD):
            let close = decoded.load(as: amqp_connection_close_t.self)
            let error = RabbitMQError(
                .connectionLost,
                "RabbitMQ at \(node.address) closed the connection, \(what): \(String(close.reply_text))",
                replyCode: Int(close.reply_code))
            var agreed = amqp_connection_close_ok_t()
            _ = socketGuard.until(.now + .seconds(1)) {
                amqp_send_method(state, 0, UInt32(AMQP_CONNECTION_CLOSE_OK_METHOD), &agreed)
            }
            return fail(error)
        default:
            return lost(AMQP_STATUS_WRONG_METHOD.rawValue, what)
        }
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

extension BrokerNode {
    /// For messages: whom the operator has to look at.
    var address: String { "\(host):\(port)" }
}
