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
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw TestFailure("cannot connect to \(path): \(String(cString: strerror(errno)))") }
        let line = request + "\n"
        guard send(descriptor, line, line.utf8.count, Int32(MSG_NOSIGNAL)) == line.utf8.count else {
            throw TestFailure("the request was not taken")
        }
        shutdown(descriptor, Int32(SHUT_WR))
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { reply += buffer[..<count] }
        return String(decoding: reply, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
