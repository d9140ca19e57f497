import TestSupport
import Testing
import Threads

@testable import RabbitMQ

/// Each test has a broker of its own to freeze or to starve.
@Suite("A broker in trouble holds nobody up beyond the deadline", .serialized)
struct OutageTests {
    private static func withPrivateBroker(_ body: @Sendable (TestBroker) async throws -> Void) async throws {
        try await TestServers.withPrivate { servers in try await TestBroker.with(servers, body) }
    }

    @Test("frozen: publishing ends in time, an interrupt wakes it at once, and afterwards all goes on")
    func frozen() async throws {
        try await Self.withPrivateBroker { broker in
            let interrupt = try Interrupt()
            let waiting = try await Held { try broker.publisher(.queue("orders"), interrupt: interrupt) }
            let stuffing = try await Held { try broker.publisher(.queue("orders"), window: 100_000) }
            let late = try await Held { try broker.publisher(.queue("orders")) }
            try await broker.servers.tell(.rabbitmq, to: "pause")

            let outcomes = try await late.took(.seconds(1)..<(.seconds(3))) { publisher in
                publisher.publish([.to("orders")], deadline: .seconds(1))
            }
            #expect(outcomes.allSatisfy { $0.error?.code == .deadlineExceeded })
            #expect(await late.use { !$0.isConnected })

            // More than all the buffers between us hold: the call that sends hangs, and is ended from outside.
            let large = Message.to("orders", String(repeating: "x", count: 1 << 20))
            let stuffed = try await stuffing.took(.seconds(1)..<(.seconds(3))) { publisher in
                publisher.publish(Array(repeating: large, count: 64), deadline: .seconds(1))
            }
            #expect(stuffed.allSatisfy { $0.error?.code == .deadlineExceeded })

            let interrupted = try await waiting.took(.zero..<(.seconds(2))) { publisher in
                try detachThread(name: "interrupter") { interrupt.fire() }
                return publisher.publish([.to("orders")], deadline: .seconds(60))
            }
            #expect(interrupted.allSatisfy { $0.error?.code == .interrupted })

            try await blocking {
                let options = try BrokerOptions(
                    url: broker.url, connectionName: "test", connectTimeout: .seconds(1))
                let publisher = Publisher(options, topology: Topology(), interrupt: try Interrupt(), logger: quiet)
                let error = #expect(throws: RabbitMQError.self) { try publisher.connect() }
                #expect(error?.code == .deadlineExceeded)
            }

            try await broker.servers.tell(.rabbitmq, to: "resume")
            try await late.use { publisher in
                try publisher.connect()
                #expect(publisher.publish([.to("orders")], deadline: .seconds(20)) == [.confirmed])
            }
        }
    }

    @Test("low on memory: it is known why, nothing is sent meanwhile, and the same connection goes on")
    func memoryAlarm() async throws {
        try await Self.withPrivateBroker { broker in
            let held = try await Held { try broker.publisher(.queue("orders")) }
            try await broker.control("set_vm_memory_high_watermark", "0.00001")
            // RabbitMQ says that it is blocked to who publishes, and reads no more from there.
            let outcomes = try await held.took(.zero..<(.seconds(5))) { publisher in
                publisher.publish((0..<2_000).map { .to("orders", id: "\($0)") }, deadline: .seconds(2))
            }
            #expect(outcomes.contains { $0.error?.code == .blocked })
            await held.use { publisher in
                #expect(publisher.isConnected)
                #expect(publisher.blockedReason?.contains("memory") == true)
                let began = ContinuousClock.now
                let more = publisher.publish([.to("orders")], deadline: .milliseconds(200))
                #expect(more.map(\.error?.code) == [.blocked])
                #expect(.now - began < .seconds(2))
            }
            try await broker.control("set_vm_memory_high_watermark", "0.4")
            await held.use { publisher in
                #expect(publisher.publish([.to("orders", id: "after")], deadline: .seconds(20)) == [.confirmed])
                #expect(publisher.blockedReason == nil)
            }
        }
    }

    @Test("restarted: the consumer notices, and takes up where it was")
    func restarted() async throws {
        try await Self.withPrivateBroker { broker in
            let held = try await Held { try broker.consumer(.queue("orders")) }
            try await blocking {
                let publisher = try broker.publisher(.queue("orders"))
                #expect(publisher.publish([.to("orders", "kept")], deadline: .seconds(20)) == [.confirmed])
            }
            _ = try await held.use { try $0.collect(1) }
            async let noticed = held.use { consumer in
                #expect(throws: RabbitMQError.self) {
                    while try consumer.nextBatch(most: 1, wait: .seconds(20)).isEmpty {}
                }
            }
            try await broker.servers.tell(.rabbitmq, to: "restart")
            #expect(await noticed?.code == .connectionLost)
            try await held.use { consumer in
                try consumer.connect()
                let again = try consumer.collect(1)
                #expect(again.map(\.message.text) == ["kept"])
                #expect(again.allSatisfy { $0.isRedelivered })
                try consumer.acknowledge(again)
            }
        }
    }
}

extension Held {
    /// Does something and checks how long it takes.
    fileprivate func took<R: Sendable>(
        _ expected: Range<Duration>, _ body: @Sendable (Value) throws -> R
    ) throws -> R {
        let began = ContinuousClock.now
        let result = try use(body)
        let took = ContinuousClock.now - began
        #expect(expected.contains(took))
        return result
    }
}

extension PublishOutcome {
    /// Why nothing is known of the message.
    var error: RabbitMQError? {
        if case .unconfirmed(let error) = self { error } else { nil }
    }
}
