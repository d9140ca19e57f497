import Synchronization

/// Something that opens once, and that many may wait for.
///
/// Services that need the tables wait for ``Chassis/schema`` before their first statement.
public final class Gate: Sendable {
    private enum State {
        case closed([Int: CheckedContinuation<Void, any Error>], next: Int)
        case open
    }

    private let state = Mutex(State.closed([:], next: 0))

    public init() {}

    public var isOpen: Bool {
        state.withLock { if case .open = $0 { true } else { false } }
    }

    /// Lets everybody through, now and from now on.
    public func open() {
        let waiting = state.withLock { state in
            guard case .closed(let waiting, _) = state else { return [CheckedContinuation<Void, any Error>]() }
            state = .open
            return Array(waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// - Throws: `CancellationError` if the task is cancelled while it waits.
    public func wait() async throws {
        let ticket = state.withLock { state -> Int? in
            guard case .closed(let waiting, let next) = state else { return nil }
            state = .closed(waiting, next: next + 1)
            return next
        }
        guard let ticket else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let resume = state.withLock { state -> Bool in
                    guard case .closed(var waiting, let next) = state else { return true }
                    waiting[ticket] = continuation
                    state = .closed(waiting, next: next)
                    return false
                }
                if resume { continuation.resume() }
                if Task.isCancelled { cancel(ticket) }
            }
        } onCancel: {
            cancel(ticket)
        }
    }

    private func cancel(_ ticket: Int) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard case .closed(var waiting, let next) = state else { return nil }
            let continuation = waiting.removeValue(forKey: ticket)
            state = .closed(waiting, next: next)
            return continuation
        }
        continuation?.resume(throwing: CancellationError())
    }
}
