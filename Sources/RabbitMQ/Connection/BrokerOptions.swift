public import Threads

/// Where RabbitMQ is, and how to log in.
///
/// Several URLs, with commas between them, are the nodes of one cluster: they are tried in turn. Printing it never shows
/// a password.
public struct BrokerOptions: Sendable, CustomStringConvertible {
    public let nodes: [BrokerNode]
    public let tls: TLSOptions
    /// What the management page calls the connection.
    public let connectionName: String
    /// How long connecting, logging in and declaring may take together.
    public let connectTimeout: Duration
    /// What holds instead of these options for connections that are made from now on, if there is something.
    public var latest: Exchangeable<BrokerOptions?>?

    /// - Parameter url: `amqp://user:password@host:port/vhost`, or `amqps://`; all but the host may be left out.
    ///   Reserved characters are percent-encoded, as RabbitMQ's URI specification has it. The query, where other
    ///   clients keep settings of their own, is not looked at.
    /// - Throws: ``RabbitMQError`` `invalidURL`, without repeating the URL.
    public init(
        url: String, tls: TLSOptions = TLSOptions(), connectionName: String, connectTimeout: Duration = .seconds(10)
    ) throws(RabbitMQError) {
        var nodes: [BrokerNode] = []
        for part in Self.separate(url) { nodes.append(try BrokerNode(url: part)) }
        guard !nodes.isEmpty else { throw RabbitMQError(.invalidURL, "RABBITMQ_URL is empty") }
        self.nodes = nodes
        self.tls = tls
        self.connectionName = connectionName
        self.connectTimeout = connectTimeout
    }

    public var description: String {
        nodes.map(\.description).joined(separator: ",")
    }

    /// Splits at the commas before a scheme only: an old password may have a comma in it.
    private static func separate(_ urls: String) -> [String] {
        urls.split(separator: ",").reduce(into: []) { nodes, part in
            if nodes.isEmpty || part.hasPrefix("amqp://") || part.hasPrefix("amqps://") {
                nodes.append(String(part))
            } else {
                nodes[nodes.count - 1] += ",\(part)"
            }
        }
    }
}

/// The files that `amqps` works with, all PEM.
public struct TLSOptions: Sendable, Hashable {
    /// The authorities that sign the broker's certificate; `nil` takes Debian's own list.
    public var caFile: String?
    /// This client's certificate, where the broker asks for one.
    public var certificateFile: String?
    /// Its private key, without a passphrase; `nil` where the certificate's file has it.
    public var keyFile: String?
    /// Whether certificate and host name are checked. Switch off for nothing but a look.
    public var verifiesPeer: Bool

    public init(
        caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil, verifiesPeer: Bool = true
    ) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.verifiesPeer = verifiesPeer
    }
}
