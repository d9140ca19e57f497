import Daemon
import Glibc
import Logging
import Threads

/// A client that says exactly what a test tells it to: bytes over a socket, on a thread of its own.
actor TestClient {
    private let executor: ThreadExecutor
    private let socket: Int32
    private var received: [UInt8] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(port: Int) throws {
        executor = try ThreadExecutor(name: "test-client")
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw TestFailure("cannot connect: \(String(cString: strerror(errno)))") }
    }

    deinit {
        close(socket)
    }

    /// Sends a request and reads the answer.
    func request(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil
    ) throws -> TestResponse {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try send(text + "\r\n" + (body ?? ""))
        return try response(toHead: method == "HEAD")
    }

    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { throw TestFailure("cannot send: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(sent)
        }
    }

    func response(toHead: Bool = false) throws -> TestResponse {
        while true {
            if let end = endOfHead {
                let head = String(decoding: received[..<end], as: UTF8.self)
                received.removeFirst(end + 4)
                var response = try TestResponse(head: head)
                let length = toHead ? 0 : response["content-length"].flatMap { Int($0) } ?? 0
                while received.count < length { try receive() }
                response.body = String(decoding: received[..<length], as: UTF8.self)
                received.removeFirst(length)
                return response
            }
            try receive()
        }
    }

    /// Whether the server closes the connection, as far as it can be told within the socket's timeout.
    func isClosedByServer() -> Bool {
        var byte: UInt8 = 0
        return received.isEmpty && recv(socket, &byte, 1, 0) <= 0 && errno != EAGAIN
    }

    private var endOfHead: Int? {
        let end = Array("\r\n\r\n".utf8)
        guard received.count >= 4 else { return nil }
        return (0...(received.count - 4)).first { received[$0..<($0 + 4)].elementsEqual(end) }
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &buffer, buffer.count, 0)
        guard count > 0 else { throw TestFailure(count == 0 ? "the connection was closed" : "no answer came") }
        received += buffer[..<count]
    }
}

struct TestResponse: Sendable {
    let status: Int
    let headers: [String: String]
    var body = ""

    init(head: String) throws {
        let lines = head.split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw TestFailure("no status line: \(head)")
        }
        self.status = status
        headers = Dictionary(
            lines.dropFirst().compactMap { line in
                line.firstIndex(of: ":").map {
                    (line[..<$0].lowercased(), String(line[line.index(after: $0)...].drop { $0 == " " }))
                }
            }, uniquingKeysWith: { "\($0), \($1)" })
    }

    subscript(_ name: String) -> String? { headers[name] }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Runs a server with these routes on a free port for as long as `body` takes.
func withServer(
    configuration: HTTPConfiguration = HTTPConfiguration(threads: 1), logger: Logger = quietLogger,
    metrics: PrometheusMetrics = PrometheusMetrics(),
    routes add: (inout Routes) -> Void,
    _ body: @Sendable @escaping (_ port: Int) async throws -> Void
) async throws {
    var routes = Routes(metrics: metrics)
    add(&routes)
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let server = HTTPServer(routes: routes, configuration: configuration, logger: logger) { port in
        continuation.yield(port)
        continuation.finish()
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { continuation.finish() }
            do { try await server.run() } catch is CancellationError {}
        }
        guard let port = await ports.first(where: { _ in true }) else {
            try await group.waitForAll()
            throw TestFailure("the server did not start")
        }
        defer { group.cancelAll() }
        try await body(port)
    }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
