import CLibrabbitmq
import FoundationEssentials
import Logging
import Synchronization
import TestSupport
import Threads

@testable import RabbitMQ

/// A virtual host that one test has for itself, on a broker that others use too.
struct TestBroker: Sendable {
    let servers: TestServers
    let virtualHost: String
    let url: String
    let options: BrokerOptions

    /// Makes a virtual host, lends it and drops it, with all that is in it.
    static func with(
        _ servers: TestServers? = nil, _ body: (TestBroker) async throws -> Void
    ) async throws {
        let servers = try servers ?? .shared()
        let broker = try TestBroker(servers, virtualHost: "test-\(UUID().uuidString.prefix(13).lowercased())")
        let path = "/api/vhosts/\(broker.virtualHost)"
        try await servers.manage("PUT", path)
        let outcome: Result<Void, any Error>
        do {
            try await body(broker)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await servers.manage("DELETE", path)
        try outcome.get()
    }

    private init(_ servers: TestServers, virtualHost: String) throws {
        self.servers = servers
        self.virtualHost = virtualHost
        url = "\(servers["TRADEPOST_TEST_RABBITMQ"])/\(virtualHost)"
        options = try BrokerOptions(url: url, connectionName: "test")
    }

    func publisher(
        _ topology: Topology = Topology(), window: Int = 512, interrupt: Interrupt? = nil, logger: Logger = quiet
    ) throws -> Publisher {
        let publisher = Publisher(
            options, topology: topology, window: window, interrupt: try interrupt ?? Interrupt(), logger: logger)
        try publisher.connect()
        return publisher
    }

    func consumer(
        _ topology: Topology, prefetch: UInt16 = 1_000, maximumBody: Int = 16 << 20, interrupt: Interrupt? = nil
    ) throws -> Consumer {
        let consumer = Consumer(
            options, topology: topology, queues: topology.queues.map(\.name), prefetch: prefetch,
            maximumBody: maximumBody, interrupt: try interrupt ?? Interrupt(), logger: quiet)
        try consumer.connect()
        return consumer
    }

    /// How many messages of a queue are with nobody.
    func readyCount(_ queue: String) throws -> Int {
        var count = 0
        try administer { connection, deadline in
            let (state, memory) = (connection.state, connection.memory)
            try connection.call(deadline, "counting") {
                let declared = amqp_queue_declare(
                    state, ChannelNumber.declaring, memory.shortText(queue), 1, 0, 0, 0, amqp_empty_table)
                count = declared.map { Int($0.pointee.message_count) } ?? -1
            }
        }
        return count
    }

    func delete(_ queue: String) throws {
        try administer { connection, deadline in
            let (state, memory) = (connection.state, connection.memory)
            try connection.call(deadline, "deleting") {
                _ = amqp_queue_delete(state, ChannelNumber.declaring, memory.shortText(queue), 0, 0)
            }
        }
    }

    /// Makes a user who may write and read everything here, and configure what the expression matches.
    func withUser(configure: String, _ body: (BrokerOptions) async throws -> Void) async throws {
        let user = "user-\(virtualHost)"
        try await servers.manage("PUT", "/api/users/\(user)", body: #"{"password":"p","tags":""}"#)
        try await servers.manage(
            "PUT", "/api/permissions/\(virtualHost)/\(user)",
            body: #"{"configure":"\#(configure)","write":".*","read":".*"}"#)
        let node = options.nodes[0]
        let outcome: Result<Void, any Error>
        do {
            try await body(
                BrokerOptions(
                    url: "amqp://\(user):p@\(node.host):\(node.port)/\(virtualHost)", connectionName: "test"))
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await servers.manage("DELETE", "/api/users/\(user)")
        try outcome.get()
    }

    private func administer(
        _ body: (BrokerConnection, ContinuousClock.Instant) throws -> Void
    ) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        let connection = try BrokerConnection.open(
            options, maximumBody: 0, deadline: deadline, interrupt: Interrupt())
        defer { connection.close() }
        try connection.openChannel(ChannelNumber.declaring, deadline: deadline)
        try body(connection, deadline)
    }

    /// Runs `rabbitmqctl`.
    func control(_ arguments: String...) async throws {
        try await Script.servers.run(["ctl", servers["TRADEPOST_TEST_SERVERS"], "rabbitmqctl"] + arguments)
    }
}

extension Topology {
    /// One queue, reached through the default exchange.
    static func queue(_ name: String, _ arguments: [String: FieldValue] = [:]) -> Topology {
        Topology(queues: [Queue(name: name, arguments: arguments)])
    }
}

extension Message {
    static func to(_ queue: String, _ text: String = "{}", id: String? = nil) -> Message {
        Message(exchange: "", routingKey: queue, body: Array(text.utf8), messageID: id)
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
