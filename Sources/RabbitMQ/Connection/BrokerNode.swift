/// One RabbitMQ node: its address, and who we are to it.
public struct BrokerNode: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int
    public let user: String
    let password: Password
    public let virtualHost: String
    public let usesTLS: Bool

    /// Without the password.
    public var description: String {
        let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        return "\(usesTLS ? "amqps" : "amqp")://\(user)@\(address)\(virtualHost == "/" ? "" : "/\(virtualHost)")"
    }

    /// Reads an AMQP URI (RabbitMQ, "URI Specification").
    init(url: String) throws(RabbitMQError) {
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
        guard let user = decoded(parts[0]), let password = decoded(parts.count > 1 ? parts[1] : ""),
            let virtualHost = decoded(path)
        else { throw invalid("has a wrong percent encoding") }
        self.user = user
        self.password = Password(text: password)
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
}

/// A text that no way of printing shows, `dump` included.
struct Password: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    let text: String

    var description: String { "********" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Percent-decoded; `nil` where that can't be, or where it has a NUL, at which C would cut it off.
private func decoded(_ text: Substring) -> String? {
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
    return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
}
