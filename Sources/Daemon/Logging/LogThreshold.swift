public import Logging
import Synchronization

/// The least severe level that is logged, for all loggers of the process: it can be changed while they are in use.
public final class LogThreshold: Sendable {
    private struct State {
        var configured: Logger.Level
        var passing: (level: Logger.Level, end: ContinuousClock.Instant)?
    }

    private let state: Mutex<State>
    /// What holds now, as an index into the list of levels, so that a logger can look without a lock.
    private let now: Atomic<Int>

    public init(_ level: Logger.Level) {
        state = Mutex(State(configured: level))
        now = Atomic(level.index)
    }

    /// The process's own: libraries make loggers of their own, which must follow it too.
    static let shared = LogThreshold(.info)

    var level: Logger.Level {
        Logger.Level.allCases[now.load(ordering: .relaxed)]
    }

    /// Sets the level that holds from now on, as the configuration has it.
    func configure(_ level: Logger.Level) {
        change { $0.configured = level }
    }

    /// Sets another level for a while.
    func set(_ level: Logger.Level, for duration: Duration) {
        change { $0.passing = (level, .now + duration) }
    }

    /// Goes back to the configured level if the while is over.
    func expire() {
        change { state in
            if let passing = state.passing, passing.end <= .now { state.passing = nil }
        }
    }

    private func change(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            now.store((state.passing?.level ?? state.configured).index, ordering: .relaxed)
        }
    }
}

extension Logger.Level {
    fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A handler whose level is the process's, unless its logger was given one of its own.
struct ThresholdLogHandler: LogHandler {
    private var handler: any LogHandler
    private var own: Logger.Level?
    private let threshold: LogThreshold

    init(_ handler: any LogHandler, threshold: LogThreshold) {
        self.handler = handler
        self.threshold = threshold
    }

    var logLevel: Logger.Level {
        get { own ?? threshold.level }
        set { own = newValue }
    }

    var metadata: Logger.Metadata {
        get { handler.metadata }
        set { handler.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { handler.metadataProvider }
        set { handler.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handler[metadataKey: key] }
        set { handler[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        handler.log(event: event)
    }
}
