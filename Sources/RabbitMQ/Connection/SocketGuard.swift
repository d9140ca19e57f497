import Glibc
import Synchronization
import Threads

/// Ends a socket that a blocking call hangs on.
///
/// librabbitmq can block far beyond its own timeouts when the broker is frozen or refuses to read
/// (`amqp_basic_publish` writes until everything is out). So a thread watches each connection: when the deadline of the
/// call under way passes, it does `shutdown(2)` on the socket, and the call returns with an error. After an interrupt,
/// a call has two more seconds.
final class SocketGuard: Sendable {
    private struct State {
        /// The socket, once there is one.
        var descriptor: Int32?
        /// Until when the call under way may take; `nil` between calls.
        var deadline: ContinuousClock.Instant?
        /// When the watching thread looks again by itself.
        var nextLook = ContinuousClock.now
        var tripped = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let change: Signal
    private let interrupt: Interrupt

    init(interrupt: Interrupt) throws {
        self.interrupt = interrupt
        change = try Signal()
        try Watcher(self).start()
    }

    /// Whether a deadline passed, so that the connection is of no use any more.
    var hasTripped: Bool {
        state.withLock { $0.tripped }
    }

    /// Names the socket to be ended.
    func watch(_ descriptor: Int32) {
        state.withLock { $0.descriptor = descriptor }
    }

    /// Does something that may block, but not beyond the deadline.
    func until<Result>(_ deadline: ContinuousClock.Instant, _ blocking: () throws -> Result) rethrows -> Result {
        // The watcher is woken only if it would sleep past the deadline: almost never, as deadlines rise.
        let mustWake = state.withLock { state in
            state.deadline = deadline
            return deadline < state.nextLook
        }
        if mustWake { change.raise() }
        defer { state.withLock { $0.deadline = nil } }
        return try blocking()
    }

    /// The socket is about to be closed: its number must not be touched again.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.descriptor = nil
        }
        change.raise()
    }

    /// Looks after the deadline until the guard is closed.
    fileprivate func watch() {
        var interruptedAt: ContinuousClock.Instant?
        while true {
            if interruptedAt == nil, interrupt.isFired { interruptedAt = .now }
            let next: ContinuousClock.Instant? = state.withLock { state in
                guard !state.isClosed else { return nil }
                let now = ContinuousClock.now
                var deadline = state.deadline
                if let interruptedAt { deadline = deadline.map { min($0, interruptedAt + .seconds(2)) } }
                if let deadline, deadline <= now, !state.tripped {
                    state.tripped = true
                    if let descriptor = state.descriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
                }
                state.nextLook = state.tripped ? now + .seconds(3_600) : max(deadline ?? now + .seconds(60), now)
                if interruptedAt != nil, !state.tripped {
                    state.nextLook = min(state.nextLook, now + .milliseconds(100))
                }
                return state.nextLook
            }
            guard let next else { return }
            change.wait(atMost: next - .now, or: interruptedAt == nil ? interrupt : nil)
        }
    }

    private actor Watcher {
        private let executor: ThreadExecutor
        private let socketGuard: SocketGuard

        init(_ socketGuard: SocketGuard) throws {
            executor = try ThreadExecutor(name: "amqp-deadline")
            self.socketGuard = socketGuard
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        nonisolated func start() {
            // Outside every scope on purpose: it ends when the guard is closed, also while its owner hangs.
            Task { await run() }
        }

        private func run() {
            socketGuard.watch()
        }
    }
}
