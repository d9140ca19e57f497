/// What the broker sends of its own accord.
enum BrokerEvent {
    case delivered(Delivery)
    case acknowledged(sequence: UInt64, multiple: Bool)
    case refused(sequence: UInt64, multiple: Bool)
    case returned(Message, code: Int, text: String)
    case blocked(reason: String)
    case unblocked
    case consumerCancelled(tag: String)
}
