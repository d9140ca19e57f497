public import RabbitMQ

/// The exchange and the queues through which order events go, the same for who publishes and who consumes.
///
/// Each queue has a parking queue, where messages lie that can't be applied; it is also the queue's dead-letter target,
/// so that whatever the broker gives up on can be found there.
public struct OrderTopology: Sendable {
    /// The durable topic exchange that productd publishes to; the routing key is the event's name.
    public let exchange = "tradepost.orders"
    /// Receives `order_created`.
    public let createdQueue: String
    /// Receives `order_cancelled`.
    public let cancelledQueue: String
    private let type: QueueType

    /// - Parameters:
    ///   - queue: The name of the queue of created orders.
    ///   - type: `classic` where NestJS services declare the same queue without arguments.
    public init(queue: String, type: QueueType) {
        createdQueue = queue
        cancelledQueue = queue == "order_created" ? "order_cancelled" : "\(queue).cancelled"
        self.type = type
    }

    /// The queues that a consumer of order events reads.
    public var queues: [String] { [createdQueue, cancelledQueue] }

    /// Where a queue's unusable messages are kept.
    public static func parkingQueue(of queue: String) -> String {
        "\(queue).parked"
    }

    /// The queue that a parking queue belongs to.
    public static func queue(ofParking name: String) -> String {
        name.hasSuffix(".parked") ? String(name.dropLast(".parked".count)) : name
    }

    /// All of it, to be declared on every connection.
    public var topology: Topology {
        Topology(
            exchanges: [Exchange(name: exchange, type: .topic, durable: true)],
            queues: queues.flatMap { [parkingQueue($0), queue($0)] },
            bindings: [
                Binding(queue: createdQueue, exchange: exchange, routingKey: "order_created"),
                Binding(queue: cancelledQueue, exchange: exchange, routingKey: "order_cancelled"),
            ])
    }

    private func parkingQueue(_ queue: String) -> Queue {
        Queue(name: Self.parkingQueue(of: queue), durable: true, arguments: type == .quorum ? quorumArguments : [:])
    }

    private func queue(_ queue: String) -> Queue {
        // A NestJS service declares its queue with no arguments at all, and fails where there are some.
        guard type == .quorum else { return Queue(name: queue, durable: true, arguments: [:]) }
        let deadLetters: [String: FieldValue] = [
            "x-dead-letter-exchange": .string(""),
            "x-dead-letter-routing-key": .string(Self.parkingQueue(of: queue)),
        ]
        return Queue(name: queue, durable: true, arguments: quorumArguments.merging(deadLetters) { first, _ in first })
    }

    /// RabbitMQ 4 gives up on a message after 20 deliveries, which a crash loop reaches with good orders, and people who
    /// look into a parking queue with what lies there. Attempts are counted by the consumer instead.
    private var quorumArguments: [String: FieldValue] {
        ["x-queue-type": .string("quorum"), "x-delivery-limit": .int(1_000_000)]
    }
}
