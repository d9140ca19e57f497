import Glibc
import Synchronization
import Threads

/// Ends a socket that a blocking call hangs on.
///
/// librabbitmq can block far beyond its own timeouts when the broker is frozen or refuses to read: publishing writes
/// until everything is out. So a thread watches each connection: when the deadline of the call under way passes, it
/// does `shutdown(2)` on the socket, and the call returns with an error. After an interrupt, a call has half a second.
final class SocketGuard: Sendable {
    private static let grace = Duration.milliseconds(500)

    private struct State {
        /// `nil` once the socket is closed: its number must not be touched again.
        var descriptor: Int32?
        /// Until when the call under way may take; `nil` between calls.
        var deadline: ContinuousClock.Instant?
        /// When the watching thread looks again by itself.
        var nextLook = ContinuousClock.now
        var isInterrupted = false
        var hasTripped = false
    }

    private let state: Mutex<State>
    private let change: Signal
    private let interrupt: Interrupt

    init(descriptor: Int32, interrupt: Interrupt) throws {
        state = Mutex(State(descriptor: descriptor))
        self.interrupt = interrupt
        change = try Signal()
        try detachThread(name: "amqp-deadline") { [self] in watch() }
    }

    /// Whether a deadline passed, so that the connection is of no use any more.
    var hasTripped: Bool {
        state.withLock { $0.hasTripped }
    }

    /// Does something that may block, but not beyond the deadline.
    func until<Result, Failure>(
        _ deadline: ContinuousClock.Instant, _ blocking: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let mustWake = state.withLock { state in
            state.deadline = state.isInterrupted ? min(deadline, .now + Self.grace) : deadline
            return deadline < state.nextLook
        }
        // Almost never: deadlines rise, and the thread looks no later than at the last one that it was woken for.
        if mustWake { change.raise() }
        defer { state.withLock { $0.deadline = nil } }
        return try blocking()
    }

    /// Leaves the socket alone from now on.
    func close() {
        state.withLock { $0.descriptor = nil }
        change.raise()
    }

    private func watch() {
        while let next = look() {
            let isInterrupted = state.withLock { $0.isInterrupted }
            change.wait(atMost: next - .now, or: isInterrupted ? nil : interrupt)
        }
    }

    /// - Returns: When to look again; `nil` when there is nothing left to guard.
    private func look() -> ContinuousClock.Instant? {
        let isInterrupted = interrupt.isFired
        return state.withLock { state in
            guard let descriptor = state.descriptor else { return nil }
            let now = ContinuousClock.now
            if isInterrupted, !state.isInterrupted {
                state.isInterrupted = true
                state.deadline = state.deadline.map { min($0, now + Self.grace) }
            }
            if let deadline = state.deadline, deadline <= now {
                state.hasTripped = true
                shutdown(descriptor, Int32(SHUT_RDWR))
                return nil
            }
            state.nextLook = state.deadline ?? now + .seconds(60)
            return state.nextLook
        }
    }
}
