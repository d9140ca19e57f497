import CLibrabbitmq

/// Puts messages together from the frames in which they come: a method, a header, and as many bodies as it takes.
///
/// Frames of several channels come interleaved, each channel's in order (AMQP 0-9-1, section 4.2.6). A body that is
/// longer than the limit is read and forgotten, so that no peer decides how much memory we use.
struct ContentAssembly {
    private enum Purpose {
        case delivery(tag: UInt64, queue: String, isRedelivered: Bool)
        case returned(code: Int, text: String)
    }

    private struct Content {
        let purpose: Purpose
        var message: Message
        var bodySize: UInt64 = 0
        /// `nil` until the header has come.
        var bytesLeft: UInt64?
        var keepsBody = false

        mutating func append(_ fragment: UnsafeRawBufferPointer) {
            if keepsBody { message.body.append(contentsOf: fragment) }
            bytesLeft = bytesLeft.map { $0 - min($0, UInt64(fragment.count)) }
        }
    }

    private let maximumBody: Int
    /// What each channel is in the middle of, by its number.
    private var contents = [Content?](repeating: nil, count: ChannelNumber.count)
    private var queue = RepeatedText()
    private var exchange = RepeatedText()
    private var routingKey = RepeatedText()

    init(maximumBody: Int) {
        self.maximumBody = maximumBody
    }

    mutating func begin(_ deliver: amqp_basic_deliver_t, on channel: UInt16) {
        // The consumer's tag is the queue's name.
        let purpose = Purpose.delivery(
            tag: deliver.delivery_tag, queue: queue.text(deliver.consumer_tag),
            isRedelivered: deliver.redelivered != 0)
        begin(purpose, exchange.text(deliver.exchange), routingKey.text(deliver.routing_key), on: channel)
    }

    mutating func begin(_ returned: amqp_basic_return_t, on channel: UInt16) {
        let purpose = Purpose.returned(code: Int(returned.reply_code), text: String(returned.reply_text))
        begin(purpose, exchange.text(returned.exchange), routingKey.text(returned.routing_key), on: channel)
    }

    private mutating func begin(_ purpose: Purpose, _ exchange: String, _ routingKey: String, on channel: UInt16) {
        guard contents.indices.contains(Int(channel)) else { return }
        contents[Int(channel)] = Content(
            purpose: purpose, message: Message(exchange: exchange, routingKey: routingKey, body: []))
    }

    /// - Returns: The event, when the message has no body.
    mutating func header(
        _ properties: amqp_basic_properties_t, bodySize: UInt64, on channel: UInt16
    ) -> BrokerEvent? {
        guard contents.indices.contains(Int(channel)), var content = contents[Int(channel)] else { return nil }
        content.message = Message(
            exchange: content.message.exchange, routingKey: content.message.routingKey, properties)
        content.bodySize = bodySize
        content.bytesLeft = bodySize
        if case .delivery = content.purpose, bodySize <= UInt64(maximumBody) {
            content.keepsBody = true
            content.message.body.reserveCapacity(Int(bodySize))
        }
        contents[Int(channel)] = content
        return finishIfComplete(channel)
    }

    /// - Returns: The event, when this was the last of the body.
    mutating func body(_ fragment: UnsafeRawBufferPointer, on channel: UInt16) -> BrokerEvent? {
        guard contents.indices.contains(Int(channel)) else { return nil }
        contents[Int(channel)]?.append(fragment)
        return finishIfComplete(channel)
    }

    private mutating func finishIfComplete(_ channel: UInt16) -> BrokerEvent? {
        guard let content = contents[Int(channel)], content.bytesLeft == 0 else { return nil }
        contents[Int(channel)] = nil
        switch content.purpose {
        case .delivery(let tag, let queue, let isRedelivered):
            return .delivered(
                Delivery(
                    message: content.message, tag: tag, queue: queue, isRedelivered: isRedelivered,
                    omittedBodySize: content.keepsBody ? nil : content.bodySize))
        case .returned(let code, let text):
            return .returned(content.message, code: code, text: text)
        }
    }
}

/// Makes one string of a text that comes again and again, such as a queue's name.
private struct RepeatedText {
    private var last = ""

    mutating func text(_ bytes: amqp_bytes_t) -> String {
        let bytes = UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len)
        let isSame = last.withUTF8 { $0.elementsEqual(bytes) }
        if !isSame { last = String(decoding: bytes, as: UTF8.self) }
        return last
    }
}
