import Glibc
import Synchronization

/// What systemd has for a service to talk to: a datagram socket with a path, named by `NOTIFY_SOCKET`.
public final class NotifySocket: Sendable {
    public let path: String
    private let descriptor: Int32

    public init() throws {
        path = "/tmp/tradepost-notify-\(UInt64.random(in: 0...UInt64.max))"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw SocketFailure(errno: errno) }
    }

    /// A socket that this process is told to report to, as systemd does it.
    public static func supervising() throws -> NotifySocket {
        let socket = try NotifySocket()
        setenv("NOTIFY_SOCKET", socket.path, 1)
        unsetenv("WATCHDOG_PID")
        return socket
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next message; `nil` if none came for a long time.
    public func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// The messages that have come since the last call; waits for none.
    public func waiting() -> [String] {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 { return messages }
            messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }

    struct SocketFailure: Error {
        let errno: Int32
    }
}
