/// A message that a consumer was handed and has not answered for yet.
public struct Delivery: Sendable, Hashable {
    public let message: Message
    /// The channel's number for it, rising.
    public let tag: UInt64
    /// The queue that it comes from.
    public let queue: String
    /// Whether it was handed out before, to anybody.
    public let isRedelivered: Bool

    public init(message: Message, tag: UInt64, queue: String, isRedelivered: Bool) {
        self.message = message
        self.tag = tag
        self.queue = queue
        self.isRedelivered = isRedelivered
    }
}
