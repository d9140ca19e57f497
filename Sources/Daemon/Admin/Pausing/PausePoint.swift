import Synchronization

/// A point that a part of the daemon's work passes, and where an operator can hold it up.
///
/// Work asks to ``enter()`` before each piece and says ``leave()`` after it. Once paused nobody gets in; when the last
/// one is out the part is quiet, and only then is it called paused to the operator.
public final class PausePoint: Sendable {
    /// As operators call it: `publish`.
    public let name: String
    /// What being paused means, in a few words.
    public let meaning: String
    private let state = Mutex(State())
    private let resumed: @Sendable () -> Void

    private struct State {
        var isPaused = false
        var inside = 0
    }

    /// - Parameter resumed: Wakes who sleeps since it could not get in.
    public init(_ name: String, _ meaning: String, resumed: @escaping @Sendable () -> Void = {}) {
        self.name = name
        self.meaning = meaning
        self.resumed = resumed
    }

    /// - Returns: Whether a piece of work may begin; ``leave()`` must follow if so.
    public func enter() -> Bool {
        state.withLock { state in
            guard !state.isPaused else { return false }
            state.inside += 1
            return true
        }
    }

    public func leave() {
        state.withLock { $0.inside -= 1 }
    }

    /// Does a piece of work, unless paused.
    ///
    /// - Returns: `nil` if paused.
    @discardableResult
    public func pass<R>(_ work: () throws -> R) rethrows -> R? {
        guard enter() else { return nil }
        defer { leave() }
        return try work()
    }

    public var isPaused: Bool {
        state.withLock { $0.isPaused }
    }

    /// Whether it is paused and nothing of it is under way any more.
    var isQuiet: Bool {
        state.withLock { $0.isPaused && $0.inside == 0 }
    }

    func set(paused: Bool) {
        let wakes = state.withLock { state in
            defer { state.isPaused = paused }
            return state.isPaused && !paused
        }
        if wakes { resumed() }
    }
}
