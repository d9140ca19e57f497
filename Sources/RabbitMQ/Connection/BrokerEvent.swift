/// What the broker sends of its own accord.
enum BrokerEvent {
    case delivered(Delivery)
    case acknowledged(sequence: UInt64, multiple: Bool)
    case refused(sequence: UInt64, multiple: Bool)
    /// A mandatory message that no queue wanted; without its body.
    case returned(Message, code: Int, text: String)
    /// The broker takes no messages for now, or takes them again; the connection knows which.
    case blockedOrUnblocked
    case consumerCancelled(queue: String)
}
