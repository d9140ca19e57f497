import TestSupport
import Testing
import Threads

@testable import RabbitMQ

@Suite("Whatever ends is noticed, and connecting again helps")
struct RecoveryTests {
    @Test("a deleted queue ends the consumer; what it had handed out before is still given")
    func queueDeleted() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let publisher = try broker.publisher(.queue("orders"))
                let consumer = try broker.consumer(.queue("orders"))
                #expect(publisher.publish([.to("orders", "a")], deadline: .seconds(20)) == [.confirmed])
                #expect(try consumer.collect(1).map(\.message.text) == ["a"])
                try broker.delete("orders")
                let error = #expect(throws: RabbitMQError.self) {
                    while try consumer.nextBatch(most: 1, wait: .seconds(20)).isEmpty {}
                }
                #expect(error?.code == .consumerCancelled)
                #expect(error?.message.contains("orders") == true)
                #expect(!consumer.isConnected)

                try consumer.connect()
                #expect(publisher.publish([.to("orders", "b")], deadline: .seconds(20)) == [.confirmed])
                #expect(try consumer.collect(1).map(\.message.text) == ["b"])
            }
        }
    }

    @Test("a channel that the broker closed")
    func channelClosed() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let publisher = try broker.publisher(.queue("orders"))
                let consumer = try broker.consumer(.queue("orders"))
                #expect(publisher.publish([.to("orders")], deadline: .seconds(20)) == [.confirmed])
                let batch = try consumer.collect(1)
                try consumer.acknowledge(batch)
                // The second answer for one delivery is a channel error.
                try consumer.acknowledge(batch)
                let error = #expect(throws: RabbitMQError.self) {
                    while try consumer.nextBatch(most: 1, wait: .seconds(20)).isEmpty {}
                }
                #expect(error?.code == .preconditionFailed)
                #expect(publisher.publish([.to("orders", "again")], deadline: .seconds(20)) == [.confirmed])
                try consumer.connect()
                #expect(try consumer.collect(1).map(\.message.text) == ["again"])
            }
        }
    }

    @Test("a connection that the broker closed, with its reason")
    func connectionClosed() async throws {
        try await TestBroker.with { broker in
            let publisher = try await Held { try broker.publisher(.queue("orders")) }
            let consumer = try await Held { try broker.consumer(.queue("orders")) }
            let virtualHost = broker.virtualHost
            try await broker.control("close_all_connections", "--vhost", virtualHost, "maintenance tonight")
            try await eventually("the publisher notices") {
                await publisher.use { publisher in
                    publisher.poll()
                    return !publisher.isConnected
                }
            }
            try await publisher.use { publisher in
                let outcomes = publisher.publish([.to("orders")], deadline: .seconds(20))
                guard case .unconfirmed(let error)? = outcomes.first else {
                    Issue.record("unexpected: \(outcomes)")
                    return
                }
                #expect(error.code == .connectionLost)
                #expect(error.message.contains("maintenance tonight"))
                try publisher.connect()
                #expect(publisher.publish([.to("orders", "after")], deadline: .seconds(20)) == [.confirmed])
            }
            try await consumer.use { consumer in
                let error = #expect(throws: RabbitMQError.self) {
                    while try consumer.nextBatch(most: 1, wait: .seconds(20)).isEmpty {}
                }
                #expect(error?.code == .connectionLost)
                #expect(error?.replyCode == 320)
                try consumer.connect()
                #expect(try consumer.collect(1).map(\.message.text) == ["after"])
            }
        }
    }

    @Test("an interrupt ends a wait for messages at once")
    func interrupted() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let interrupt = try Interrupt()
                let consumer = try broker.consumer(.queue("orders"), interrupt: interrupt)
                try detachThread(name: "interrupter") { interrupt.fire() }
                let began = ContinuousClock.now
                #expect(try consumer.nextBatch(most: 1, wait: .seconds(60)).isEmpty)
                #expect(.now - began < .seconds(5))
            }
        }
    }

    @Test("an idle wait takes no processor time and ends when it is over")
    func idle() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let consumer = try broker.consumer(.queue("orders"))
                let began = threadTime()
                let start = ContinuousClock.now
                #expect(try consumer.nextBatch(most: 1, wait: .milliseconds(500)).isEmpty)
                let waited = ContinuousClock.now - start
                #expect(waited >= .milliseconds(500))
                #expect(threadTime() - began < .milliseconds(20))
            }
        }
    }
}
