import CLibrabbitmq
import FoundationEssentials

extension Message {
    /// A message that the broker begins to send; its body follows.
    init(exchange: String, routingKey: String, _ properties: amqp_basic_properties_t) {
        let flags = properties._flags
        func text(_ flag: UInt32, _ bytes: amqp_bytes_t) -> String? { flags & flag == 0 ? nil : String(bytes) }
        self.init(
            exchange: exchange, routingKey: routingKey, body: [],
            contentType: text(PropertyFlag.contentType, properties.content_type),
            messageID: text(PropertyFlag.messageID, properties.message_id),
            timestamp: flags & PropertyFlag.timestamp == 0 ? nil : Date(secondsOfPeer: properties.timestamp),
            type: text(PropertyFlag.type, properties.type),
            appID: text(PropertyFlag.appID, properties.app_id),
            correlationID: text(PropertyFlag.correlationID, properties.correlation_id),
            headers: flags & PropertyFlag.headers == 0 ? [:] : [String: FieldValue](properties.headers, depth: 0),
            isPersistent: flags & PropertyFlag.deliveryMode != 0 && properties.delivery_mode == 2,
            isMandatory: false)
    }

    /// The properties as C has them, in memory that lives until its next reset.
    func properties(in memory: CallMemory) -> amqp_basic_properties_t {
        var properties = amqp_basic_properties_t()
        var flags = PropertyFlag.deliveryMode
        properties.delivery_mode = isPersistent ? 2 : 1
        func set(_ field: inout amqp_bytes_t, _ flag: UInt32, _ text: String?) {
            guard let text else { return }
            flags |= flag
            field = memory.shortText(text)
        }
        set(&properties.content_type, PropertyFlag.contentType, contentType)
        set(&properties.message_id, PropertyFlag.messageID, messageID)
        set(&properties.type, PropertyFlag.type, type)
        set(&properties.app_id, PropertyFlag.appID, appID)
        set(&properties.correlation_id, PropertyFlag.correlationID, correlationID)
        if let timestamp {
            flags |= PropertyFlag.timestamp
            properties.timestamp = timestamp.wholeSeconds
        }
        if !headers.isEmpty {
            flags |= PropertyFlag.headers
            properties.headers = memory.table(headers)
        }
        properties._flags = flags
        return properties
    }
}

/// `AMQP_BASIC_*_FLAG`, which Swift doesn't import since they are casts.
private enum PropertyFlag {
    static let contentType: UInt32 = 1 << 15
    static let headers: UInt32 = 1 << 13
    static let deliveryMode: UInt32 = 1 << 12
    static let correlationID: UInt32 = 1 << 10
    static let messageID: UInt32 = 1 << 7
    static let timestamp: UInt32 = 1 << 6
    static let type: UInt32 = 1 << 5
    static let appID: UInt32 = 1 << 3
}

extension Date {
    /// The end of the year 9999: what is later has no form in RFC 3339, and some producers send milliseconds.
    private static let latest = 253_402_300_799.0

    /// A time that a peer sent, brought into the range that can be printed.
    init(secondsOfPeer seconds: UInt64) {
        self.init(timeIntervalSince1970: min(Double(seconds), Self.latest))
    }

    /// As an AMQP timestamp: whole seconds since 1970, and never before.
    var wholeSeconds: UInt64 {
        UInt64(max(0, min(timeIntervalSince1970, Self.latest)))
    }
}
