import CLinux
import Glibc
import Synchronization

/// A listening Unix socket at a path, made so that at no moment anybody has more access than is meant.
///
/// The umask gives its name the mode 0660 when it is bound: there is no chmod afterwards, which would be a race. The
/// directory gives it its group. A lock beside the socket tells a daemon that runs from one that left its socket
/// behind.
final class AdminSocket: Sendable {
    let descriptor: Int32
    private let path: String
    private let lock: Int32
    private let isThere = Mutex(true)
    private static let masking = Mutex(())

    /// The umask is the whole process's, so nobody else may be making files meanwhile.
    ///
    /// - Throws: ``AdminSocketError``.
    init(path: String) throws(AdminSocketError) {
        self.path = path
        lock = try Self.lock(path + ".lock")
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw AdminSocketError(path: path, cause: .call("socket", errno)) }
        // Nobody else has the lock: whatever has the name is left over.
        unlink(path)
        guard var address = UnixAddress(path: path) else { throw AdminSocketError(path: path, cause: .tooLong) }
        let failure = Self.masking.withLock { _ in
            let mask = umask(0o117)
            defer { umask(mask) }
            return address.withPointer { bind(descriptor, $0, $1) } == 0 ? 0 : errno
        }
        guard failure == 0 else { throw AdminSocketError(path: path, cause: .call("bind", failure)) }
        guard listen(descriptor, 64) == 0 else { throw AdminSocketError(path: path, cause: .call("listen", errno)) }
    }

    deinit {
        remove()
    }

    /// Ends it, so that who comes now knows that nobody answers.
    func remove() {
        isThere.withLock { isThere in
            guard isThere else { return }
            isThere = false
            // The name goes while the lock is held; afterwards it may be another daemon's.
            unlink(path)
            close(descriptor)
            close(lock)
        }
    }

    private static func lock(_ path: String) throws(AdminSocketError) -> Int32 {
        let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw AdminSocketError(path: path, cause: .call("open", errno)) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let cause = errno
            close(lock)
            throw AdminSocketError(path: path, cause: cause == EWOULDBLOCK ? .taken : .call("flock", cause))
        }
        return lock
    }
}

/// The admin socket can't be had.
public struct AdminSocketError: Error, Sendable, CustomStringConvertible {
    public enum Cause: Sendable, Hashable {
        /// Another daemon answers there.
        case taken
        /// A socket's path has 107 bytes at most (unix(7)).
        case tooLong
        case call(String, Int32)
    }

    public let path: String
    public let cause: Cause

    public var description: String {
        switch cause {
        case .taken: "\(path): another daemon has it; give each its own admin.socket"
        case .tooLong: "\(path): a socket's path may have 107 bytes; choose a shorter admin.socket"
        case .call(let call, let errno):
            "\(path): \(call): \(String(cString: strerror(errno))); see that its directory exists and is the daemon's"
        }
    }
}

/// A `sockaddr_un`.
struct UnixAddress {
    private var address = sockaddr_un()

    /// - Returns: `nil` for a path that doesn't fit.
    init?(path: String) {
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { space in
            guard bytes.count < space.count, !bytes.contains(0) else { return false }
            space.copyBytes(from: bytes)
            return true
        }
        guard fits else { return nil }
    }

    mutating func withPointer<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
