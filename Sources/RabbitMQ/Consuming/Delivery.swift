/// A message that a consumer was handed and has not answered for yet.
public struct Delivery: Sendable, Hashable {
    public let message: Message
    /// The channel's number for it, rising.
    public let tag: UInt64
    /// The queue that it comes from.
    public let queue: String
    /// Whether it was handed out before, to anybody.
    public let isRedelivered: Bool
    /// How long the body is, where it was longer than the consumer's limit; `message.body` is then empty, and what is
    /// published from it would not be the message. ``Consumer/deadLetter(_:)`` moves it whole.
    public let omittedBodySize: UInt64?
    /// Which of the consumer's connections it came on: an answer on another one would be for another message.
    var connectionNumber = 0

    public init(
        message: Message, tag: UInt64, queue: String, isRedelivered: Bool, omittedBodySize: UInt64? = nil
    ) {
        self.message = message
        self.tag = tag
        self.queue = queue
        self.isRedelivered = isRedelivered
        self.omittedBodySize = omittedBodySize
    }
}
