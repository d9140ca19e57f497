/// The exchanges, queues and bindings that a program needs, declared anew on every connection.
public struct Topology: Sendable, Hashable {
    public var exchanges: [Exchange]
    public var queues: [Queue]
    public var bindings: [Binding]

    public init(exchanges: [Exchange] = [], queues: [Queue] = [], bindings: [Binding] = []) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }
}

/// An exchange as it should be.
public struct Exchange: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case direct, fanout, topic, headers
    }

    public var name: String
    public var type: Kind
    public var durable: Bool

    public init(name: String, type: Kind, durable: Bool = true) {
        self.name = name
        self.type = type
        self.durable = durable
    }
}

/// A queue as it should be.
public struct Queue: Sendable, Hashable {
    public var name: String
    public var durable: Bool
    /// `x-queue-type`, `x-dead-letter-exchange` and their like.
    public var arguments: [String: FieldValue]

    public init(name: String, durable: Bool = true, arguments: [String: FieldValue] = [:]) {
        self.name = name
        self.durable = durable
        self.arguments = arguments
    }
}

/// Which messages of an exchange a queue gets.
public struct Binding: Sendable, Hashable {
    public var queue: String
    public var exchange: String
    public var routingKey: String

    public init(queue: String, exchange: String, routingKey: String) {
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
    }
}
