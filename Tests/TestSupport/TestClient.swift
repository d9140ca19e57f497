import Glibc
import Threads

/// A client that says exactly what a test tells it to: bytes over a socket, on a thread of its own.
public actor TestClient {
    private let executor: ThreadExecutor
    private let socket: Int32
    private var received: [UInt8] = []

    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    public init(port: Int) throws {
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
    public func request(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil
    ) throws -> TestResponse {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try send(text + "\r\n" + (body ?? ""))
        return try response(toHead: method == "HEAD")
    }

    public func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { throw TestFailure("cannot send: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(sent)
        }
    }

    public func response(toHead: Bool = false) throws -> TestResponse {
        var response = try responseHead()
        if !toHead, response["transfer-encoding"] == "chunked" {
            response.body = try chunkedBody()
            return response
        }
        let length = toHead ? 0 : response["content-length"].flatMap { Int($0) } ?? 0
        while received.count < length { try receive() }
        response.body = String(decoding: received[..<length], as: UTF8.self)
        received.removeFirst(length)
        return response
    }

    /// Sends the head of a request whose body comes in chunks (RFC 9112 §7.1).
    public func beginRequest(_ method: String, _ path: String, headers: [String: String] = [:]) throws {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        try send(text + "\r\n")
    }

    /// Sends a piece of the body; an empty one ends it.
    public func sendChunk(_ text: String) throws {
        try send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    /// Reads the head of an answer.
    public func responseHead() throws -> TestResponse {
        while true {
            if let end = endOfHead {
                defer { received.removeFirst(end + 4) }
                return try TestResponse(head: String(decoding: received[..<end], as: UTF8.self))
            }
            try receive()
        }
    }

    /// Reads the next piece of the answer's body; an empty one is its end.
    public func receiveChunk() throws -> String {
        String(decoding: try chunk(), as: UTF8.self)
    }

    /// A body in chunks, without trailers.
    private func chunkedBody() throws -> String {
        var body: [UInt8] = []
        while true {
            let piece = try chunk()
            if piece.isEmpty { return String(decoding: body, as: UTF8.self) }
            body += piece
        }
    }

    private func chunk() throws -> [UInt8] {
        let text = try line()
        guard let size = Int(text, radix: 16) else { throw TestFailure("no chunk's size: \(text)") }
        while received.count < size + 2 { try receive() }
        defer { received.removeFirst(size + 2) }
        return Array(received[..<size])
    }

    private func line() throws -> String {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { received.removeFirst(end + 1) }
                return String(decoding: received[..<max(0, end - 1)], as: UTF8.self)
            }
            try receive()
        }
    }

    /// Whether the server closes the connection, as far as it can be told within the socket's timeout.
    public func isClosedByServer() -> Bool {
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

public struct TestResponse: Sendable {
    public let status: Int
    public let headers: [String: String]
    public var body = ""

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

    public subscript(_ name: String) -> String? { headers[name] }
}

public struct TestFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
