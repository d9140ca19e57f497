/// Where RabbitMQ is, and how to log in.
///
/// Several URLs, with commas between them, are the nodes of one cluster: they are tried in turn. Printing it never shows
/// a password.
public struct BrokerOptions: Sendable, Hashable, CustomStringConvertible {
    /// One node's address.
    public struct Node: Sendable, Hashable {
        public let host: String
        public let port: Int
        public let user: String
        let password: String
        public let virtualHost: String
        public let usesTLS: Bool
    }

    public let nodes: [Node]
    public let tls: TLSOptions
    /// What the management page calls the connection.
    public let connectionName: String
    /// How long connecting, logging in and declaring may take together.
    public let connectTimeout: Duration

    /// - Parameter url: `amqp://user:password@host:port/vhost`, or `amqps://`; all but the host may be left out.
    ///   Reserved characters are percent-encoded, as RabbitMQ's URI specification has it.
    /// - Throws: ``RabbitMQError`` `invalidURL`, without repeating the URL.
    public init(
        url: String, tls: TLSOptions = TLSOptions(), connectionName: String, connectTimeout: Duration = .seconds(10)
    ) throws(RabbitMQError) {
        var nodes: [Node] = []
        for part in url.split(separator: ",") { nodes.append(try Node(url: part)) }
        guard !nodes.isEmpty else { throw RabbitMQError(.invalidURL, "RABBITMQ_URL is empty") }
        self.nodes = nodes
        self.tls = tls
        self.connectionName = connectionName
        self.connectTimeout = connectTimeout
    }

    public var description: String {
        nodes.map(\.description).joined(separator: ",")
    }
}

/// The files that `amqps` works with, all PEM.
public struct TLSOptions: Sendable, Hashable {
    /// The authorities that sign the broker's certificate; `nil` takes Debian's own list.
    public var caFile: String?
    /// This client's certificate, where the broker asks for one.
    public var certificateFile: String?
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

extension BrokerOptions.Node: CustomStringConvertible {
    init(url: some StringProtocol) throws(RabbitMQError) {
        func invalid(_ reason: String) -> RabbitMQError {
            RabbitMQError(.invalidURL, "RABBITMQ_URL \(reason); it looks like amqp://user:password@host:5672/vhost")
        }
        let scheme = url.prefix { $0 != ":" }
        guard scheme == "amqp" || scheme == "amqps", url.dropFirst(scheme.count).hasPrefix("://") else {
            throw invalid("must begin with amqp:// or amqps://")
        }
        usesTLS = scheme == "amqps"
        let rest = url.dropFirst(scheme.count + 3)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest.dropFirst(authority.count).prefix { $0 != "?" }.dropFirst()
        let login = authority.lastIndex(of: "@").map { authority[..<$0] }
        let address = login.map { authority.dropFirst($0.count + 1) } ?? authority

        let parts = (login ?? "guest:guest").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = percentDecoded(String(parts[0])),
            let password = percentDecoded(parts.count > 1 ? String(parts[1]) : ""),
            let virtualHost = percentDecoded(String(path))
        else { throw invalid("has a wrong percent encoding") }
        self.user = user
        self.password = password
        self.virtualHost = virtualHost.isEmpty ? "/" : virtualHost

        var host = address
        var port = usesTLS ? 5_671 : 5_672
        let afterBracket = address.lastIndex(of: "]") ?? address.startIndex
        if let colon = address[afterBracket...].lastIndex(of: ":") {
            guard let number = Int(address[address.index(after: colon)...]), (1...65_535).contains(number) else {
                throw invalid("has a port that is no number from 1 to 65535")
            }
            port = number
            host = address[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self.host = host.isEmpty ? "localhost" : String(host)
        self.port = port
    }

    public var description: String {
        "\(usesTLS ? "amqps" : "amqp")://\(user)@\(host):\(port)\(virtualHost == "/" ? "" : "/\(virtualHost)")"
    }
}

private func percentDecoded(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
            return nil
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
}
