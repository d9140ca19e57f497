import Logging
import Synchronization
import TestSupport
import Testing
import Threads

@testable import RabbitMQ

@Suite("What a program needs is declared on every connection")
struct TopologyTests {
    @Test("exchanges, queues and bindings, and again when they are gone")
    func declared() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let topology = Topology(
                    exchanges: [Exchange(name: "orders", type: .topic)],
                    queues: [Queue(name: "created", arguments: ["x-queue-type": .string("quorum")])],
                    bindings: [Binding(queue: "created", exchange: "orders", routingKey: "order.*")])
                var message = Message(exchange: "orders", routingKey: "order.created", body: [])
                let publisher = try broker.publisher(topology)
                #expect(publisher.publish([message], deadline: .seconds(20)) == [.confirmed])
                message.routingKey = "invoice.created"
                #expect(publisher.publish([message], deadline: .seconds(20)).allSatisfy { $0.isReturned })

                try broker.delete("created")
                message.routingKey = "order.created"
                #expect(publisher.publish([message], deadline: .seconds(20)).allSatisfy { $0.isReturned })
                try publisher.connect()
                #expect(publisher.publish([message], deadline: .seconds(20)) == [.confirmed])
            }
        }
    }

    @Test("a queue or exchange with other properties is used as it is, with a warning")
    func different() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let theirs = Topology(
                    exchanges: [Exchange(name: "events", type: .fanout)], queues: [Queue(name: "orders")])
                try broker.publisher(theirs).close()

                let warnings = Warnings()
                let ours = Topology(
                    exchanges: [Exchange(name: "events", type: .topic)],
                    queues: [
                        Queue(name: "orders", arguments: ["x-queue-type": .string("quorum")]), Queue(name: "new"),
                    ],
                    bindings: [Binding(queue: "orders", exchange: "events", routingKey: "#")])
                let publisher = try broker.publisher(ours, logger: Logger(label: "test") { _ in warnings })
                let outcomes = publisher.publish(
                    [.to("orders"), .to("new"), Message(exchange: "events", routingKey: "", body: [])],
                    deadline: .seconds(20))
                #expect(outcomes == [.confirmed, .confirmed, .confirmed])
                #expect(warnings.names == ["events", "orders"])
                #expect(try broker.readyCount("orders") == 2)
            }
        }
    }

    @Test("an exchange that takes only other bindings is used with those that it has, with a warning")
    func otherBindings() async throws {
        try await TestBroker.with { broker in
            let host = broker.virtualHost
            try await broker.servers.manage(
                "PUT", "/api/exchanges/\(host)/events", body: #"{"type":"x-consistent-hash","durable":true}"#)
            try await broker.servers.manage("PUT", "/api/queues/\(host)/theirs", body: #"{"durable":true}"#)
            try await broker.servers.manage(
                "POST", "/api/bindings/\(host)/e/events/q/theirs", body: #"{"routing_key":"1"}"#)
            try await blocking {
                let warnings = Warnings()
                let ours = Topology(
                    exchanges: [Exchange(name: "events", type: .topic)], queues: [Queue(name: "orders")],
                    bindings: [Binding(queue: "orders", exchange: "events", routingKey: "order_created")])
                let publisher = try broker.publisher(ours, logger: Logger(label: "test") { _ in warnings })
                let message = Message(exchange: "events", routingKey: "order_created", body: [])
                #expect(publisher.publish([message], deadline: .seconds(20)) == [.confirmed])
                #expect(warnings.names == ["events", "orders"])
                #expect(try broker.readyCount("theirs") == 1)
            }
        }
    }

    @Test("what is there as wanted gives no warning")
    func same() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let topology = Topology.queue(
                    "orders", ["x-queue-type": .string("quorum"), "x-delivery-limit": .int(9)])
                try broker.publisher(topology).close()
                let warnings = Warnings()
                try broker.publisher(topology, logger: Logger(label: "test") { _ in warnings }).close()
                #expect(warnings.names == [])
            }
        }
    }

    @Test("a user who may not configure works with what others declared, and is told what is missing")
    func unprivileged() async throws {
        try await TestBroker.with { broker in
            try await broker.withUser(configure: "^$") { options in
                try await blocking {
                    try broker.publisher(.queue("orders")).close()
                    let publisher = Publisher(
                        options, topology: .queue("orders"), interrupt: try Interrupt(), logger: quiet)
                    try publisher.connect()
                    #expect(publisher.publish([.to("orders")], deadline: .seconds(20)) == [.confirmed])

                    let other = Publisher(options, topology: .queue("new"), interrupt: try Interrupt(), logger: quiet)
                    let error = #expect(throws: RabbitMQError.self) { try other.connect() }
                    #expect(error?.replyCode == 403)
                    #expect(error?.message.contains("declaring queue new") == true)
                }
            }
        }
    }
}

/// Collects the names that warnings are about.
private final class Warnings: LogHandler, Sendable {
    private let collected = Mutex<[String]>([])

    var names: [String] { collected.withLock { $0 } }

    func log(event: LogEvent) {
        guard event.level == .warning else { return }
        collected.withLock { $0.append(event.metadata?["name"].map { "\($0)" } ?? "") }
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .info }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
}
