import AdminChannel
import Daemon
import FoundationEssentials
import Logging
import RabbitMQ
import Threads

/// One operator's look into the parking queues.
///
/// Messages are taken without being acknowledged, so that ending the connection, however it ends, puts all back where they
/// were; only what was retried or discarded is acknowledged, one by one. While it lasts nobody else sees them.
actor ParkingQueues {
    private let executor: ThreadExecutor
    private let consumer: Consumer
    private var seen = 0

    /// Messages that one look goes through at most.
    static let most = 10_000
    private static let batch = 100
    /// A longer body is shown by its length only, and can be neither retried nor discarded from here.
    private static let longestBody = 16 << 20

    init(_ broker: BrokerOptions, _ topology: OrderTopology, logger: Logger) throws {
        executor = try ThreadExecutor(name: "parking-queues")
        consumer = Consumer(
            broker, topology: topology.topology, queues: topology.queues.map(OrderTopology.parkingQueue(of:)),
            prefetch: UInt16(Self.most), maximumBody: Self.longestBody, interrupt: try Interrupt(), logger: logger)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The next messages, in the order in which they lie there; empty at the end.
    ///
    /// - Throws: ``AdminEnd`` when RabbitMQ can't be reached.
    func next() throws -> [Delivery] {
        do {
            if !consumer.isConnected { try consumer.connect() }
            // What lay there will come, however slow the broker is; behind it, only what follows at once.
            let wait: Duration = seen < consumer.waitingAtFirst ? .seconds(10) : .milliseconds(200)
            let batch = try consumer.nextBatch(most: Self.batch, wait: wait)
            seen += batch.count
            return batch
        } catch {
            throw AdminEnd(.wrongState, "RabbitMQ can't be asked: \(error)")
        }
    }

    /// Puts messages back into the queues that they came from, to be applied as if they were new.
    ///
    /// - Returns: How many the broker has confirmed; the others stay where they are.
    func retry(_ deliveries: [Delivery]) throws -> Int {
        let outcomes = consumer.publish(deliveries.map(\.message.retried), deadline: .seconds(30))
        var count = 0
        for (delivery, outcome) in zip(deliveries, outcomes) where outcome.failure == nil {
            // Ended before this, it is there twice, and applied once.
            try consumer.acknowledge(only: delivery)
            count += 1
        }
        try consumer.awaitAcknowledged(deadline: .seconds(30))
        return count
    }

    /// Removes a message for good: it is gone when this returns.
    func discard(_ delivery: Delivery) throws {
        try consumer.acknowledge(only: delivery)
        try consumer.awaitAcknowledged(deadline: .seconds(30))
    }

    func close() {
        consumer.close()
    }
}

extension Delivery {
    /// Whether the message was parked later than this.
    func isParked(after time: Date) -> Bool {
        guard case .timestamp(let parkedAt)? = message.headers[ForwardingHeader.parkedAt] else { return false }
        // Whole seconds travel.
        return parkedAt.timeIntervalSince1970 > time.timeIntervalSince1970.rounded(.down)
    }
}

extension Message {
    /// The message as it first came, for the queue that it came from.
    fileprivate var retried: Message {
        var message = self
        let queue: String
        if case .string(let name)? = headers[ForwardingHeader.queue] {
            queue = name
        } else {
            // The broker itself moved it.
            queue = OrderTopology.queue(ofParking: routingKey)
        }
        message.headers = headers.filter { !ForwardingHeader.all.contains($0.key) }
        message.exchange = ""
        message.routingKey = queue
        message.isPersistent = true
        message.isMandatory = true
        return message
    }
}
