import TestSupport
import Testing
import Threads

@testable import RabbitMQ

@Suite("An error says what the operator can do")
struct LoginTests {
    private func failure(_ url: String, timeout: Duration = .seconds(10)) async throws -> RabbitMQError {
        try await blocking {
            let options = try BrokerOptions(url: url, connectionName: "test", connectTimeout: timeout)
            let publisher = Publisher(options, topology: Topology(), interrupt: try Interrupt(), logger: quiet)
            return try #require(#expect(throws: RabbitMQError.self) { try publisher.connect() })
        }
    }

    @Test("nobody listens: whether it is running, and where we looked")
    func refused() async throws {
        let error = try await failure("amqp://u:secret@127.0.0.1:1")
        #expect(error.code == .connectFailed)
        #expect(error.message.contains("127.0.0.1:1") && error.message.contains("is it running"))
    }

    @Test("the name is unknown")
    func unknownName() async throws {
        let error = try await failure("amqp://nobody.invalid")
        #expect(error.code == .connectFailed)
        #expect(error.message.contains("nobody.invalid"))
    }

    @Test("the password is wrong: who was refused where, and not with which password")
    func wrongPassword() async throws {
        try await TestBroker.with { broker in
            let node = broker.options.nodes[0]
            let error = try await failure("amqp://\(node.user):secret@\(node.host):\(node.port)/\(broker.virtualHost)")
            #expect(error.code == .authenticationRefused)
            #expect(error.message.contains(node.user) && error.message.contains(broker.virtualHost))
            #expect(!error.message.contains("secret"))
        }
    }

    @Test("the virtual host isn't there")
    func noVirtualHost() async throws {
        try await TestBroker.with { broker in
            let error = try await failure("\(broker.servers["TRADEPOST_TEST_RABBITMQ"])/nothing")
            #expect(error.code == .authenticationRefused)
            #expect(error.message.contains("nothing"))
        }
    }

    @Test("the first node that answers is taken")
    func severalNodes() async throws {
        try await TestBroker.with { broker in
            try await blocking {
                let url = "amqp://127.0.0.1:1,\(broker.url)"
                let options = try BrokerOptions(url: url, connectionName: "test")
                let publisher = Publisher(options, topology: Topology(), interrupt: try Interrupt(), logger: quiet)
                try publisher.connect()
                #expect(publisher.isConnected)
            }
        }
    }
}
