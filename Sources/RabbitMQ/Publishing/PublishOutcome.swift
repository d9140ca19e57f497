/// What became of a published message.
public enum PublishOutcome: Sendable, Hashable {
    /// The broker has it: in every queue that it belongs into, on disk where that was asked for.
    case confirmed
    /// No queue wanted it (`basic.return`); the broker does not have it, although it confirms it as well.
    case returned(code: Int, text: String)
    /// The broker could not take it (`basic.nack`): a queue is full and refuses, or failed.
    case refused
    /// The connection ended, or the time was over, before the broker said anything. It may have it, unless the error
    /// is `unsendable`, which nothing but another message cures.
    case unconfirmed(RabbitMQError)
}
