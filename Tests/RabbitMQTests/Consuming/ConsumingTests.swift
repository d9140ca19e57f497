import Testing

@testable import RabbitMQ

@Suite("A consumer takes messages in batches and answers for a batch at once")
struct ConsumingTests {
    @Test("all of them, in order, and the queue is empty afterwards")
    func batches() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                try broker.fill("orders", 3_000)
                let consumer = try broker.consumer(.queue("orders"), prefetch: 500)
                var bodies: [String] = []
                while bodies.count < 3_000 {
                    let batch = try consumer.nextBatch(most: 200, wait: .seconds(20))
                    try #require(!batch.isEmpty)
                    #expect(batch.count <= 200)
                    #expect(batch.allSatisfy { $0.queue == "orders" && !$0.isRedelivered })
                    bodies += batch.map(\.message.text)
                    try consumer.acknowledge(batch)
                }
                consumer.close()
                #expect(bodies == (0..<3_000).map { "\($0)" })
                #expect(try broker.readyCount("orders") == 0)
            }
        }
    }

    @Test("what was not acknowledged comes again after the connection, marked as such")
    func redelivered() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                try broker.fill("orders", 10)
                let consumer = try broker.consumer(.queue("orders"))
                let first = try consumer.collect(10)
                try consumer.acknowledge(Array(first.prefix(4)))
                try consumer.connect()
                let again = try consumer.collect(6)
                #expect(again.map(\.message.text) == ["4", "5", "6", "7", "8", "9"])
                #expect(again.allSatisfy { $0.isRedelivered })
            }
        }
    }

    @Test("an answer for a delivery of an earlier connection is refused: it would be for another message")
    func stale() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                try broker.fill("orders", 2)
                let consumer = try broker.consumer(.queue("orders"))
                let stale = try consumer.collect(2)
                try consumer.connect()
                let error = #expect(throws: RabbitMQError.self) { try consumer.acknowledge(stale) }
                #expect(error?.code == .connectionLost)
                #expect(consumer.isConnected)
                try consumer.acknowledge(try consumer.collect(2))
            }
        }
    }

    @Test("what is given back comes again")
    func requeued() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                try broker.fill("orders", 3)
                let consumer = try broker.consumer(.queue("orders"))
                try consumer.requeue(try consumer.collect(3))
                let again = try consumer.collect(3)
                #expect(again.map(\.message.text) == ["0", "1", "2"])
                #expect(again.allSatisfy { $0.isRedelivered })
            }
        }
    }

    @Test("a body over the limit is not held; dead-lettered, the message moves whole")
    func tooLong() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let topology = Topology(queues: [
                    Queue(name: "parked"),
                    Queue(
                        name: "orders",
                        arguments: [
                            "x-dead-letter-exchange": .string(""), "x-dead-letter-routing-key": .string("parked"),
                        ]),
                ])
                let long = String(repeating: "x", count: 300_000)
                let publisher = try broker.publisher(topology)
                _ = publisher.publish(
                    [.to("orders", "a"), .to("orders", long), .to("orders", "b")], deadline: .seconds(20))

                let consumer = try broker.consumer(topology, maximumBody: 1_000)
                let batch = try consumer.collect(3)
                #expect(batch.map(\.message.text) == ["a", "", "b"])
                #expect(batch.map(\.omittedBodySize) == [nil, 300_000, nil])
                try consumer.deadLetter(batch[1])
                try consumer.acknowledge(batch)
                consumer.close()

                let reader = try broker.consumer(.queue("parked"))
                let parked = try #require(try reader.nextBatch(most: 1, wait: .seconds(20)).first)
                #expect(parked.message.text == long)
                #expect(try broker.readyCount("orders") == 0)
            }
        }
    }

    @Test("several queues over one connection, each delivery saying whence it came")
    func severalQueues() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                try broker.fill("created", 50)
                try broker.fill("cancelled", 50)
                let consumer = try broker.consumer(
                    Topology(queues: [Queue(name: "created"), Queue(name: "cancelled")]))
                let batch = try consumer.collect(100)
                try consumer.acknowledge(batch)
                #expect(batch.count { $0.queue == "created" } == 50)
                #expect(batch.count { $0.queue == "cancelled" } == 50)
            }
        }
    }

    @Test("it publishes with confirms while deliveries come in, and loses none of them")
    func publishing() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                try broker.fill("orders", 2_000)
                let consumer = try broker.consumer(
                    Topology(queues: [Queue(name: "orders"), Queue(name: "parked")]), prefetch: 1_000)
                var seen = 0
                while seen < 2_000 {
                    let batch = try consumer.nextBatch(most: 100, wait: .seconds(20)).filter { $0.queue == "orders" }
                    try #require(!batch.isEmpty)
                    let moved = batch.map { Message.to("nowhere", id: $0.message.text) } + [.to("spare")]
                    #expect(consumer.publish(moved, deadline: .seconds(20)).allSatisfy { $0.isReturned })
                    seen += batch.count
                    try consumer.acknowledge(batch)
                }
                #expect(seen == 2_000)
            }
        }
    }
}

extension TestBroker {
    /// Declares a queue and puts numbered messages into it.
    fileprivate func fill(_ queue: String, _ count: Int) throws {
        let publisher = try publisher(.queue(queue))
        let outcomes = publisher.publish((0..<count).map { .to(queue, "\($0)") }, deadline: .seconds(60))
        guard outcomes.allSatisfy({ $0 == .confirmed }) else { throw RabbitMQError(.channelClosed, "not filled") }
    }
}

extension Consumer {
    /// So many messages, in as many batches as it takes.
    func collect(_ count: Int) throws -> [Delivery] {
        var all: [Delivery] = []
        while all.count < count {
            let batch = try nextBatch(most: count - all.count, wait: .seconds(20))
            guard !batch.isEmpty else { throw RabbitMQError(.deadlineExceeded, "\(all.count) of \(count) came") }
            all += batch
        }
        return all
    }
}

extension PublishOutcome {
    var isReturned: Bool {
        if case .returned = self { true } else { false }
    }
}
