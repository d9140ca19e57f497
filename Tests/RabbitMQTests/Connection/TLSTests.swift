import Foundation
import TestSupport
import Testing
import Threads

@testable import RabbitMQ

/// The shared broker, with one more listener that speaks TLS and asks for a client certificate.
@Suite("Over TLS, both sides know whom they talk to", .serialized)
struct TLSTests {
    @Test("with the right files messages go; without one of them the error names it")
    func certificates() async throws {
        try await TestBroker.with { broker in
            try await Certificates.with { files in
                let port = try await broker.listenWithTLS(files)
                func connect(_ host: String, _ tls: TLSOptions) async throws -> RabbitMQError? {
                    try await blocking { try broker.roundTrip(host, port, tls) }
                }
                let right = TLSOptions(
                    caFile: files["ca.pem"], certificateFile: files["client.pem"], keyFile: files["client.key"])
                #expect(try await connect("localhost", right) == nil)

                var wrong = right
                wrong.caFile = files["other.pem"]
                var error = try await connect("localhost", wrong)
                #expect(error?.code == .tls)
                #expect(error?.message.contains("other.pem") == true)

                wrong.caFile = files["missing.pem"]
                error = try await connect("localhost", wrong)
                #expect(error?.code == .tls)
                #expect(error?.message.contains("missing.pem") == true)

                error = try await connect("127.0.0.1", right)
                #expect(error?.code == .tls)
                #expect(error?.message.contains("another name than 127.0.0.1") == true)

                wrong = right
                wrong.keyFile = files["server.key"]
                error = try await connect("localhost", wrong)
                #expect(error?.code == .tls)
                #expect(error?.message.contains("server.key") == true)

                error = try await connect("localhost", TLSOptions(caFile: files["ca.pem"]))
                #expect(error?.message.contains("RABBITMQ_CERT_FILE") == true)
                try await broker.stopListening(port)
            }
        }
    }
}

extension TestBroker {
    /// Publishes over TLS and consumes it again.
    ///
    /// - Returns: Why it could not connect, if it could not.
    fileprivate func roundTrip(_ host: String, _ port: Int, _ tls: TLSOptions) throws -> RabbitMQError? {
        let node = options.nodes[0]
        let secure = try BrokerOptions(
            url: "amqps://\(node.user):\(node.password.text)@\(host):\(port)/\(virtualHost)", tls: tls,
            connectionName: "test")
        let publisher = Publisher(secure, topology: .queue("tls"), interrupt: try Interrupt(), logger: quiet)
        do throws(RabbitMQError) {
            try publisher.connect()
        } catch {
            return error
        }
        let messages = (0..<1_000).map { Message.to("tls", String(repeating: "x", count: $0 * 100), id: "\($0)") }
        #expect(publisher.publish(messages, deadline: .seconds(60)).allSatisfy { $0 == .confirmed })
        let consumer = Consumer(
            secure, topology: .queue("tls"), queues: ["tls"], prefetch: 100, interrupt: try Interrupt(), logger: quiet)
        try consumer.connect()
        var received = 0
        while received < messages.count {
            let batch = try consumer.nextBatch(most: 100, wait: .seconds(20))
            try #require(!batch.isEmpty)
            for delivery in batch {
                #expect(delivery.message.body.count == received * 100)
                received += 1
            }
            try consumer.acknowledge(batch)
        }
        return nil
    }

    /// Has the broker listen on a port of its choice.
    fileprivate func listenWithTLS(_ files: Certificates) async throws -> Int {
        let port = try FreePort.any()
        try await control(
            "eval",
            """
            ok = rabbit_networking:start_ssl_listener({"127.0.0.1", \(port)}, [
              {cacertfile, "\(files["ca.pem"])"}, {certfile, "\(files["server.pem"])"}, {keyfile, "\(files["server.key"])"},
              {verify, verify_peer}, {fail_if_no_peer_cert, true}], 1).
            """)
        return port
    }

    fileprivate func stopListening(_ port: Int) async throws {
        try await control("eval", "rabbit_networking:stop_tcp_listener({\"127.0.0.1\", \(port)}).")
    }
}

/// A certificate authority, with certificates for a broker called localhost and for a client; and another authority.
private struct Certificates: Sendable {
    private let directory: String

    subscript(_ name: String) -> String { "\(directory)/\(name)" }

    static func with(_ body: (Certificates) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)").path
        // The broker runs as another user and has to read them.
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await Script(path: "/bin/sh").run("-c", Self.commands(in: directory))
        try await body(Certificates(directory: directory))
    }

    private static func commands(in directory: String) -> String {
        """
        set -e; umask 022; cd '\(directory)'
        new="openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2"
        $new -subj /CN=authority -keyout ca.key -out ca.pem
        $new -subj /CN=other -keyout other.key -out other.pem
        for name in server client; do
          $new -subj /CN=$name -addext subjectAltName=DNS:localhost -CA ca.pem -CAkey ca.key \\
            -addext basicConstraints=CA:FALSE -keyout $name.key -out $name.pem
        done
        chmod 644 *.key
        """
    }
}
