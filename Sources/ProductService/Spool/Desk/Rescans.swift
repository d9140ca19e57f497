import Synchronization

/// Operators who wait for the watcher to look through the drop directories.
final class Rescans: Sendable {
    enum Outcome: Sendable {
        /// How many directories there are, and how many files wait in them.
        case done(partners: Int, files: Int)
        case failed(String)
        /// The watcher does not run: not yet, or no more.
        case notRunning
    }

    private struct State {
        var isRunning = false
        var waiting: [CheckedContinuation<Outcome, Never>] = []
    }

    private let state = Mutex(State())

    /// Returns when a scan is over that began after this call. The watcher looks here each second.
    func scan() async -> Outcome {
        await withCheckedContinuation { continuation in
            let isRunning = state.withLock { state in
                if state.isRunning { state.waiting.append(continuation) }
                return state.isRunning
            }
            if !isRunning { continuation.resume(returning: .notRunning) }
        }
    }

    // MARK: The watcher's side

    func begin() {
        state.withLock { $0.isRunning = true }
    }

    /// Those who asked since the last time. Each is to be told the outcome.
    func take() -> [CheckedContinuation<Outcome, Never>] {
        state.withLock { state in
            defer { state.waiting.removeAll() }
            return state.waiting
        }
    }

    func end() {
        state.withLock { $0.isRunning = false }
        for one in take() { one.resume(returning: .notRunning) }
    }
}
