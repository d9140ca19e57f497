import CLibrabbitmq
import Glibc
import Synchronization
import Threads

/// Opens a connection's socket on a thread of its own, so that its owner can turn away from it at any time.
///
/// librabbitmq looks the name up, connects and shakes hands in one call. Nothing can wake a thread from
/// `getaddrinfo(3)`, and the socket can't be reached before it is done.
final class Dial: Sendable {
    private let status = Mutex<Int32?>(nil)
    private let done: Signal

    private init() throws {
        done = try Signal()
    }

    /// Connects, and shakes hands where the connection uses TLS.
    ///
    /// - Returns: librabbitmq's status; `nil` when the deadline passed or the interrupt fired first. The connection
    ///   then belongs to the dialing thread, which frees it.
    static func open(
        _ library: LibraryConnection, host: String, port: Int, deadline: ContinuousClock.Instant, interrupt: Interrupt
    ) throws -> Int32? {
        let dial = try Dial()
        let timeout = max(.milliseconds(1), deadline - .now)
        try detachThread(name: "amqp-dial") {
            var timeout = timeval(timeout)
            let status = amqp_socket_open_noblock(library.socket, host, Int32(port), &timeout)
            dial.status.withLock { $0 = status }
            dial.done.raise()
        }
        dial.done.wait(atMost: timeout, or: interrupt)
        return dial.status.withLock { $0 }
    }
}

extension timeval {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
