import Synchronization
import Threads

/// Wakes the relay's lanes when the outbox has something new, or when it is time to finish.
///
/// While one lane is at work, what comes waits for it, since few events at a time are dear for database and broker. It
/// calls a second one when it has claimed as many as it can.
final class RelayAlarm: Sendable {
    private struct State {
        /// Lanes that look for events, publish them, or let more gather.
        var working = 0
        /// Whether there may be events that nobody has looked for.
        var hasNews = false
    }

    private let signal: Signal
    private let state = Mutex(State())
    private let draining = Atomic(false)

    init() throws {
        signal = try Signal()
    }

    /// Whether lanes should end as soon as they find nothing to publish, or nobody to publish to.
    var isDraining: Bool {
        draining.load(ordering: .acquiring)
    }

    /// There are new events.
    func ring() {
        let wakes = state.withLock { state in
            state.hasNews = true
            return state.working == 0
        }
        if wakes { signal.raise() }
    }

    /// There are more events than one lane can claim.
    func callAnother() {
        signal.raise()
    }

    /// No more events will come.
    func drain() {
        draining.store(true, ordering: .releasing)
        signal.raise()
    }

    /// Does a lane's work, which begins with looking for events.
    func work<R>(_ work: () throws -> R) rethrows -> R {
        state.withLock { state in
            state.working += 1
            state.hasNews = false
        }
        defer { state.withLock { $0.working -= 1 } }
        do {
            return try work()
        } catch {
            // This lane will be a while; what came meanwhile is another one's.
            if state.withLock({ $0.hasNews }) { signal.raise() }
            throw error
        }
    }

    /// Whether the lane that asks is the only one at work.
    var isOnlyOneWorking: Bool {
        state.withLock { $0.working == 1 }
    }

    /// Sleeps until it rings; one lane wakes at a time.
    ///
    /// - Returns: Whether it rang.
    @discardableResult
    func wait(atMost duration: Duration, or interrupt: Interrupt) -> Bool {
        let isNeeded = state.withLock { $0.hasNews && $0.working == 0 }
        let isRaised = signal.wait(atMost: isNeeded ? .zero : duration, or: interrupt)
        if isDraining { signal.raise() }
        return isNeeded || isRaised
    }
}
