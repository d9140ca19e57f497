/// Where the daemon listens, and the bounds of what it takes.
public struct HTTPSettings: Sendable {
    public let host = Setting.text(
        "http.host", default: "0.0.0.0", "Address to listen on; :: for IPv6 and IPv4, 127.0.0.1 for this machine only.")
    public let port: Setting<Int>
    public let threads = Setting.integer(
        "http.threads", default: 0, in: 0...1_024, "Event loop threads; 0 is one per processor.")
    public let maximumConnections = Setting.integer(
        "http.maxConnections", default: 4_096, in: 1...1_000_000,
        "Connections open at once; further ones are answered 503 and closed.")
    public let idleTimeout = Setting.duration(
        "http.idleTimeout", default: .seconds(75), in: .seconds(1)...(.seconds(3_600)),
        "How long a connection may be silent, between requests or within one.")

    public init(port: Int) {
        self.port = .integer(
            "http.port", aliases: ["port"], default: port, in: 0...65_535, "Port to listen on; 0 takes a free one.")
    }

    public var all: [any SettingDeclaration] { [host, port, threads, maximumConnections, idleTimeout] }
}

public struct HTTPConfiguration: Sendable {
    public var host: String
    public var port: Int
    /// `nil` is one per processor.
    public var threads: Int?
    public var maximumConnections: Int
    public var idleTimeout: Duration

    public init(_ values: SettingValues, _ settings: HTTPSettings) {
        let threads = values[settings.threads]
        self.init(
            host: values[settings.host], port: values[settings.port], threads: threads == 0 ? nil : threads,
            maximumConnections: values[settings.maximumConnections], idleTimeout: values[settings.idleTimeout])
    }

    public init(
        host: String = "127.0.0.1", port: Int = 0, threads: Int? = nil, maximumConnections: Int = 4_096,
        idleTimeout: Duration = .seconds(75)
    ) {
        self.host = host
        self.port = port
        self.threads = threads
        self.maximumConnections = maximumConnections
        self.idleTimeout = idleTimeout
    }
}
