import Glibc
import TestSupport
import Threads

/// What `echo REQUEST | socat - UNIX-CONNECT:PATH` does: sends a line, ends sending, and reads to the end.
actor ByHand {
    private let executor: ThreadExecutor
    private let path: String

    init(path: String) throws {
        executor = try ThreadExecutor(name: "by-hand")
        self.path = path
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Returns: The lines of the reply.
    func exchange(_ request: String) throws -> [String] {
        let descriptor = try ask(request)
        defer { close(descriptor) }
        shutdown(descriptor, Int32(SHUT_WR))
        return text(from: descriptor) { _ in true }.split(separator: "\n").map(String.init)
    }

    /// Goes away, without a word, as soon as the reply has begun.
    func leaveEarly(_ request: String) throws {
        let descriptor = try ask(request)
        defer { close(descriptor) }
        _ = text(from: descriptor) { !$0.contains(UInt8(ascii: "\n")) }
    }

    /// Sends a byte at a time, until the other side has enough of it.
    ///
    /// - Returns: Its reply.
    func trickle(_ request: String, every pause: Duration) async throws -> String {
        let descriptor = try connection()
        defer { close(descriptor) }
        for byte in request.utf8 {
            guard withUnsafeBytes(of: byte, { send(descriptor, $0.baseAddress, 1, Int32(MSG_NOSIGNAL)) }) == 1 else {
                break
            }
            try await Task.sleep(for: pause)
        }
        return text(from: descriptor) { _ in true }
    }

    /// Goes away, without a word, when it has sent just this.
    func leave(having bytes: [UInt8]) throws {
        close(try ask(bytes))
    }

    /// Sends just this, and reads as long as nothing of it says `last`, or to the end.
    ///
    /// - Returns: What it has read.
    func reply(to bytes: [UInt8], upTo last: String? = nil) throws -> String {
        let descriptor = try ask(bytes)
        defer { close(descriptor) }
        return text(from: descriptor) { text in
            last.map { !String(decoding: text, as: UTF8.self).contains($0) } ?? true
        }
    }

    /// - Returns: The connection on which the answer comes.
    private func ask(_ request: String) throws -> Int32 {
        try ask(Array((request + "\n").utf8))
    }

    private func ask(_ bytes: [UInt8]) throws -> Int32 {
        let descriptor = try connection()
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // Who has read enough closes, and has said why before that.
            if count <= 0 { break }
            sent += count
        }
        return descriptor
    }

    private func connection() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else {
            defer { close(descriptor) }
            throw TestFailure("\(path) does not let anybody in: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    private func text(from descriptor: Int32, while wanted: ([UInt8]) -> Bool) -> String {
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while wanted(reply), case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
            reply += buffer[..<count]
        }
        return String(decoding: reply, as: UTF8.self)
    }
}
