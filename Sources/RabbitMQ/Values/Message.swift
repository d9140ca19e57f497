import CLibrabbitmq
public import FoundationEssentials

/// A message with the properties that AMQP 0-9-1 gives it (basic class), and where it goes or went.
public struct Message: Sendable, Hashable {
    /// Empty for the default exchange, whose routing keys are queue names.
    public var exchange: String
    public var routingKey: String
    public var body: [UInt8]
    public var contentType: String?
    public var messageID: String?
    /// Whole seconds travel.
    public var timestamp: Date?
    public var type: String?
    public var appID: String?
    public var correlationID: String?
    public var headers: [String: FieldValue]
    /// Whether the broker keeps it through its own restart, where the queue is durable.
    public var isPersistent: Bool
    /// Whether the broker gives it back where no queue wants it. Only for publishing.
    public var isMandatory: Bool

    public init(
        exchange: String, routingKey: String, body: [UInt8], contentType: String? = nil, messageID: String? = nil,
        timestamp: Date? = nil, type: String? = nil, appID: String? = nil, correlationID: String? = nil,
        headers: [String: FieldValue] = [:], isPersistent: Bool = true, isMandatory: Bool = true
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.contentType = contentType
        self.messageID = messageID
        self.timestamp = timestamp
        self.type = type
        self.appID = appID
        self.correlationID = correlationID
        self.headers = headers
        self.isPersistent = isPersistent
        self.isMandatory = isMandatory
    }
}

extension Message {
    /// A message that the broker sent.
    init(exchange: String, routingKey: String, _ message: amqp_message_t) {
        let properties = message.properties
        let flags = properties._flags
        func text(_ flag: UInt32, _ bytes: amqp_bytes_t) -> String? { flags & flag == 0 ? nil : String(bytes) }
        self.init(
            exchange: exchange, routingKey: routingKey, body: [UInt8](message.body),
            contentType: text(PropertyFlag.contentType, properties.content_type),
            messageID: text(PropertyFlag.messageID, properties.message_id),
            timestamp: flags & PropertyFlag.timestamp == 0
                ? nil : Date(timeIntervalSince1970: Double(properties.timestamp)),
            type: text(PropertyFlag.type, properties.type), appID: text(PropertyFlag.appID, properties.app_id),
            correlationID: text(PropertyFlag.correlationID, properties.correlation_id),
            headers: flags & PropertyFlag.headers == 0 ? [:] : [String: FieldValue](properties.headers),
            isPersistent: flags & PropertyFlag.deliveryMode != 0 && properties.delivery_mode == 2, isMandatory: false)
    }

    /// The properties as C has them, in memory that lives until its next reset.
    func properties(in memory: CallMemory) -> amqp_basic_properties_t {
        var properties = amqp_basic_properties_t()
        properties._flags = PropertyFlag.deliveryMode
        properties.delivery_mode = isPersistent ? 2 : 1
        func set(_ flag: UInt32, _ text: String?, _ field: WritableKeyPath<amqp_basic_properties_t, amqp_bytes_t>) {
            guard let text else { return }
            properties._flags |= flag
            properties[keyPath: field] = memory.bytes(text)
        }
        set(PropertyFlag.contentType, contentType, \.content_type)
        set(PropertyFlag.messageID, messageID, \.message_id)
        set(PropertyFlag.type, type, \.type)
        set(PropertyFlag.appID, appID, \.app_id)
        set(PropertyFlag.correlationID, correlationID, \.correlation_id)
        if let timestamp {
            properties._flags |= PropertyFlag.timestamp
            properties.timestamp = UInt64(max(0, timestamp.timeIntervalSince1970))
        }
        if !headers.isEmpty {
            properties._flags |= PropertyFlag.headers
            properties.headers = memory.table(headers)
        }
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
