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

    /// Names and texts take up to 255 bytes of UTF-8 each; all properties and headers together fit a frame, 128 KiB.
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
