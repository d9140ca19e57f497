import Daemon
import Logging
import RabbitMQ
import TestSupport
import Threads

/// A producer of order events, and whoever looks into the queues afterwards.
actor TestBroker {
    private let executor: ThreadExecutor
    private let options: BrokerOptions
    private let publisher: Publisher
    let topology: OrderTopology

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(url: String, topology: OrderTopology) throws {
        executor = try ThreadExecutor(name: "test-broker")
        options = try BrokerOptions(url: url, connectionName: "test")
        self.topology = topology
        publisher = Publisher(options, topology: topology.topology, interrupt: try Interrupt(), logger: quietLogger)
    }

    /// Publishes bodies as a NestJS producer does: straight to a queue.
    func send(_ bodies: [String], to queue: String? = nil) throws {
        try publish(
            bodies.map {
                Message(
                    exchange: "", routingKey: queue ?? topology.createdQueue, body: Array($0.utf8), isMandatory: true)
            })
    }

    func send(_ body: String) throws {
        try send([body])
    }

    func publish(_ messages: [Message]) throws {
        if !publisher.isConnected { try publisher.connect() }
        for outcome in publisher.publish(messages, deadline: .seconds(60)) where outcome != .confirmed {
            throw TestFailure("not published: \(outcome)")
        }
    }

    /// Waits until this many messages lie on the parking queue, takes them and returns them.
    func parked(_ count: Int) throws -> [Message] {
        let queue = OrderTopology.parkingQueue(of: topology.createdQueue)
        let consumer = Consumer(
            options, topology: Topology(), queues: [queue], prefetch: 100, interrupt: try Interrupt(),
            logger: quietLogger)
        try consumer.connect()
        defer { consumer.close() }
        var messages: [Message] = []
        while messages.count < count {
            let batch = try consumer.nextBatch(most: count - messages.count, wait: .seconds(30))
            guard !batch.isEmpty else {
                throw TestFailure("\(messages.count) messages are parked, \(count) should be")
            }
            try consumer.acknowledge(batch)
            messages += batch.map(\.message)
        }
        return messages
    }

    func close() {
        publisher.close()
    }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
