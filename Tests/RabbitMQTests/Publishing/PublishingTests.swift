import Testing
import Threads

@testable import RabbitMQ

@Suite("A publisher knows of each message whether the broker has it")
struct PublishingTests {
    @Test("ten thousand messages are confirmed, and are in the queue")
    func confirmed() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let publisher = try broker.publisher(.queue("orders"))
                let messages = (0..<10_000).map { Message.to("orders", "{\"number\":\($0)}", id: "\($0)") }
                let outcomes = publisher.publish(messages, deadline: .seconds(60))
                #expect(outcomes.allSatisfy { $0 == .confirmed })
                #expect(outcomes.count == messages.count)
                #expect(try broker.readyCount("orders") == messages.count)
            }
        }
    }

    @Test("an unroutable message is returned, its neighbours are confirmed")
    func returned() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let publisher = try broker.publisher(.queue("orders"))
                let outcomes = publisher.publish(
                    [.to("orders", id: "1"), .to("nowhere", id: "2"), .to("orders", id: "3")], deadline: .seconds(20))
                #expect(outcomes == [.confirmed, .returned(code: 312, text: "NO_ROUTE"), .confirmed])
                #expect(publisher.isConnected)
            }
        }
    }

    @Test("a message that a full queue refuses is refused")
    func refused() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let publisher = try broker.publisher(
                    .queue("full", ["x-max-length": .int(1), "x-overflow": .string("reject-publish")]))
                #expect(publisher.publish([.to("full")], deadline: .seconds(20)) == [.confirmed])
                #expect(publisher.publish([.to("full")], deadline: .seconds(20)) == [.refused])
                #expect(publisher.isConnected)
            }
        }
    }

    @Test("a message without a form in AMQP is not sent, and harms nobody")
    func unsendable() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let publisher = try broker.publisher(.queue("orders"))
                var huge = Message.to("orders")
                huge.headers["note"] = .bytes([UInt8](repeating: 7, count: 131_072))
                var long = Message.to("orders")
                long.messageID = String(repeating: "x", count: 256)
                var deep = Message.to("orders")
                deep.headers["deep"] = (0..<40).reduce(.null) { inner, _ in .array([inner]) }
                for message in [huge, long, deep] {
                    let outcomes = publisher.publish([.to("orders"), message, .to("orders")], deadline: .seconds(20))
                    #expect(outcomes.first == .confirmed)
                    guard case .unconfirmed(let error) = outcomes[1] else {
                        Issue.record("sent: \(outcomes)")
                        continue
                    }
                    #expect(error.code == .unsendable)
                    #expect(!error.isRetryable)
                    #expect(outcomes.last == .confirmed)
                }
                #expect(try broker.readyCount("orders") == 6)
            }
        }
    }

    @Test("the largest headers and bodies of many frames arrive")
    func large() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let publisher = try broker.publisher(.queue("orders"))
                var message = Message.to("orders", String(repeating: "x", count: 1 << 20))
                message.headers["note"] = .string(String(repeating: "y", count: 120_000))
                #expect(publisher.publish([message], deadline: .seconds(20)) == [.confirmed])
                let consumer = try broker.consumer(.queue("orders"))
                let delivery = try #require(try consumer.nextBatch(most: 1, wait: .seconds(20)).first)
                #expect(delivery.message.body == message.body)
                #expect(delivery.message.headers == message.headers)
            }
        }
    }

    @Test("an exchange that isn't there closes the channel: the error says so, and connecting again helps")
    func channelClosed() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let publisher = try broker.publisher(.queue("orders"))
                var message = Message.to("orders")
                message.exchange = "nothing"
                let outcomes = publisher.publish([message, .to("orders")], deadline: .seconds(20))
                for outcome in outcomes {
                    guard case .unconfirmed(let error) = outcome else {
                        Issue.record("unexpected: \(outcome)")
                        continue
                    }
                    #expect(error.code == .notFound)
                    #expect(error.replyCode == 404)
                }
                #expect(!publisher.isConnected)
                try publisher.connect()
                #expect(publisher.publish([.to("orders")], deadline: .seconds(20)) == [.confirmed])
            }
        }
    }

    @Test("without a connection nothing is confirmed")
    func unconnected() throws {
        let publisher = Publisher(
            try BrokerOptions(url: "amqp://localhost", connectionName: "test"), topology: Topology(),
            interrupt: try Interrupt(), logger: quiet)
        #expect(publisher.publish([.to("orders")], deadline: .seconds(1)) == [.unconfirmed(.notConnected)])
    }
}
