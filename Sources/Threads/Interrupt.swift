import CLinux
import Glibc
import Synchronization

/// A signal that is given once, from any thread, and wakes whoever sleeps in `poll(2)` on it.
///
/// Blocking code on a thread of its own puts ``descriptor`` into its poll set beside the socket that it waits for;
/// shutting down then takes one ``fire()``. Once fired it stays fired.
public final class Interrupt: Sendable {
    /// An `eventfd(2)` that is readable once the interrupt has fired. Poll it; never read, write or close it.
    public let descriptor: Int32
    private let fired = Atomic(false)

    /// - Throws: ``InterruptError`` when the process has no descriptor left (EMFILE, ENFILE).
    public init() throws {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw InterruptError(errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Whether ``fire()`` was called.
    public var isFired: Bool {
        fired.load(ordering: .acquiring)
    }

    /// Wakes every waiter, now and from now on. Calling it again changes nothing.
    public func fire() {
        fired.store(true, ordering: .releasing)
        eventfd_write(descriptor, 1)
    }

    /// Sleeps on the calling thread until the interrupt fires or the time is over.
    ///
    /// - Returns: Whether the interrupt has fired.
    @discardableResult
    public func wait(atMost duration: Duration) -> Bool {
        let deadline = ContinuousClock.now + duration
        while !isFired {
            let left = deadline - .now
            guard left > .zero else { return isFired }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, left.pollMilliseconds)
        }
        return true
    }
}

/// The process has no descriptor left for an ``Interrupt``.
public struct InterruptError: Error, CustomStringConvertible {
    public let errno: Int32

    public var description: String {
        "no eventfd could be made: \(String(cString: strerror(errno))); raise LimitNOFILE= of the unit"
    }
}

extension Duration {
    /// This duration as `poll(2)` takes it: whole milliseconds, rounded up so that a wait never spins, and never
    /// negative (which would mean "for ever").
    public var pollMilliseconds: Int32 {
        let (seconds, attoseconds) = components
        if self <= .zero { return 0 }
        if seconds > 1_000_000 { return 1_000_000_000 }
        return Int32(seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
