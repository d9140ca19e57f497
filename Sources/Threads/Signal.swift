import CLinux
import Glibc

/// An event that wakes one waiting thread, once for all the times that it was raised before.
///
/// It holds its state: raised while nobody waits, it lets the next waiter through at once. Any thread may raise it, also
/// one of Swift's cooperative pool; only threads that may block wait on it.
public final class Signal: Sendable {
    private let descriptor: Int32

    /// - Throws: ``InterruptError`` when the process has no descriptor left (EMFILE, ENFILE).
    public init() throws {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw InterruptError(errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Lets one waiter through, now or later.
    public func raise() {
        eventfd_write(descriptor, 1)
    }

    /// Sleeps until the signal is raised, the interrupt fires or the time is over, and takes the signal back down.
    ///
    /// - Returns: Whether the signal was raised.
    @discardableResult
    public func wait(atMost duration: Duration, or interrupt: Interrupt? = nil) -> Bool {
        let deadline = ContinuousClock.now + duration
        var count: eventfd_t = 0
        while eventfd_read(descriptor, &count) != 0 {
            let left = deadline - .now
            guard left > .zero, interrupt?.isFired != true else { return false }
            var entries = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            if let interrupt { entries.append(pollfd(fd: interrupt.descriptor, events: Int16(POLLIN), revents: 0)) }
            poll(&entries, nfds_t(entries.count), left.pollMilliseconds)
        }
        return true
    }
}
