import Testing

@testable import RabbitMQ

@Suite("An AMQP URL says where RabbitMQ is and who we are")
struct BrokerOptionsTests {
    struct Expectation: Sendable, CustomTestStringConvertible {
        let url: String
        var host = "mq"
        var port = 5_672
        var user = "guest"
        var password = "guest"
        var virtualHost = "/"
        var usesTLS = false

        var testDescription: String { url }
    }

    private static let expectations = [
        Expectation(url: "amqp://mq"),
        Expectation(url: "amqp://", host: "localhost"),
        Expectation(url: "amqps://mq", port: 5_671, usesTLS: true),
        Expectation(url: "amqp://mq:5673/", port: 5_673),
        Expectation(url: "amqp://mq/shop", virtualHost: "shop"),
        Expectation(url: "amqp://mq/%2Fshop", virtualHost: "/shop"),
        Expectation(url: "amqp://shop@mq", user: "shop", password: ""),
        Expectation(url: "amqp://shop:a%40b%3Ac%2F@mq", user: "shop", password: "a@b:c/"),
        Expectation(url: "amqp://shop:a:b@c,d@mq", user: "shop", password: "a:b@c,d"),
        Expectation(url: "amqp://[::1]:5673/shop", host: "::1", port: 5_673, virtualHost: "shop"),
        Expectation(url: "amqp://[::1]", host: "::1"),
        Expectation(url: "amqp://mq/shop?heartbeat=30", virtualHost: "shop"),
        Expectation(url: "amqp://mq?heartbeat=30"),
    ]

    @Test("in all its parts, with the usual ones left out", arguments: expectations)
    func parts(expected: Expectation) throws {
        let node = try #require(BrokerOptions(url: expected.url, connectionName: "test").nodes.first)
        #expect(node.host == expected.host)
        #expect(node.port == expected.port)
        #expect(node.user == expected.user)
        #expect(node.password.text == expected.password)
        #expect(node.virtualHost == expected.virtualHost)
        #expect(node.usesTLS == expected.usesTLS)
    }

    @Test("several nodes with commas between them")
    func several() throws {
        let options = try BrokerOptions(url: "amqp://a:1,b@mq1,amqps://mq2:7000", connectionName: "test")
        #expect(options.nodes.map(\.address) == ["mq1:5672", "mq2:7000"])
    }

    @Test(
        "and is refused, without being repeated, where it can't be read",
        arguments: [
            "", "mq", "http://u:secret@mq", "amqp:/u:secret@mq", "amqp://u:secret@mq:0", "amqp://u:secret@mq:65536",
            "amqp://u:secret@mq:x", "amqp://u:secret%2@mq", "amqp://u:secret%zz@mq", "amqp://u:secret%00@mq",
        ])
    func refused(url: String) {
        let error = #expect(throws: RabbitMQError.self) { try BrokerOptions(url: url, connectionName: "test") }
        #expect(error?.code == .invalidURL)
        #expect(error?.isRetryable == false)
        #expect(error?.message.contains("secret") == false)
    }

    @Test("and never shows its password, however it is printed")
    func secret() throws {
        let options = try BrokerOptions(url: "amqp://u:secret@mq/shop,amqps://[::1]", connectionName: "test")
        #expect("\(options)" == "amqp://u@mq:5672/shop,amqps://guest@[::1]:5671")
        var dumped = ""
        dump(options, to: &dumped)
        for printed in [
            String(describing: options), String(reflecting: options), String(reflecting: options.nodes), dumped,
        ] {
            #expect(!printed.contains("secret"))
        }
    }
}
