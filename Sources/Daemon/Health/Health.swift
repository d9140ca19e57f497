import Commerce
import Synchronization

/// How one thing that the daemon needs is doing.
public enum DependencyState: Sendable, Hashable {
    case up
    /// The daemon does its work without it, for a while.
    case degraded(String)
    /// The daemon cannot do its work.
    case down(String)

    /// The reason of what has not been tried: something else is in the way, and says so itself.
    public static let untried = "not connected yet"
}

/// The board on which the parts of a daemon write how they are, and from which `/readyz` is answered.
///
/// The daemon is as ready as its worst dependency: `degraded` still takes requests, `down` does not. A dependency
/// stands on the board from the moment that it is first set.
public final class Health: Sendable {
    private struct Entry {
        var state: DependencyState
        var since: ContinuousClock.Instant
    }

    private struct Board {
        var entries: [String: Entry] = [:]
        var isStopping = false
    }

    private let board = Mutex(Board())
    private let metrics: PrometheusMetrics

    public init(metrics: PrometheusMetrics) {
        self.metrics = metrics
    }

    /// Writes down how a dependency is: `postgres`, `rabbitmq`, `schema`, ….
    public func set(_ name: String, _ state: DependencyState) {
        let isNew = board.withLock { board in
            let isNew = board.entries[name] == nil
            if board.entries[name]?.state != state { board.entries[name] = Entry(state: state, since: .now) }
            return isNew
        }
        if isNew {
            metrics.observe(
                "dependency_up", help: "1 if the dependency is up, 0.5 if degraded, 0 if down.",
                labels: [("dependency", name)]
            ) { [weak self] in self?[name].map(\.number) ?? 0 }
        }
    }

    public subscript(_ name: String) -> DependencyState? {
        board.withLock { $0.entries[name]?.state }
    }

    /// From now on the daemon is not ready, so that nothing new is sent to it.
    public func setStopping() {
        board.withLock { $0.isStopping = true }
    }

    /// The worst of all states.
    public var overall: DependencyState {
        board.withLock { $0.isStopping ? .down("stopping") : Self.worst($0.entries) }
    }

    /// Waits until it is known how the daemon will do: until what it can't do without is up, or one of it says why not.
    ///
    /// - Parameter limit: After which it is as it is.
    func decision(within limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        while isUndecided, ContinuousClock.now < deadline {
            do { try await Task.sleep(for: .milliseconds(5)) } catch { return }
        }
    }

    private var isUndecided: Bool {
        if case .down(let reason) = overall { reason.hasSuffix(DependencyState.untried) } else { false }
    }

    /// Everything on the board, in the order of the names.
    var dependencies: [(name: String, state: DependencyState, duration: Duration)] {
        board.withLock { $0.entries }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.state, $0.value.since.duration(to: .now)) }
    }

    /// One line for `systemctl status`: `ready`, or what is wrong.
    public var summary: String {
        switch overall {
        case .up: "ready"
        case .degraded(let reason): "degraded: \(reason)"
        case .down(let reason): "not ready: \(reason)"
        }
    }

    /// The body of `/readyz`: `{"status":"degraded","dependencies":{"broker":{"status":"degraded","reason":…}}}`.
    public func document() -> [UInt8] {
        let board = board.withLock { $0 }
        let overall = board.isStopping ? .down("stopping") : Self.worst(board.entries)
        return JSONWriter.object { json in
            json.name("status")
            json.string(board.isStopping ? "stopping" : overall == .up ? "ready" : overall.word)
            json.name("dependencies")
            json.object { json in
                for (name, entry) in board.entries.sorted(by: { $0.key < $1.key }) {
                    json.dynamicName(name)
                    json.object { json in
                        json.name("status")
                        json.string(entry.state.word)
                        if let reason = entry.state.reason {
                            json.name("reason")
                            json.string(reason)
                        }
                        json.name("forSeconds")
                        json.integer(entry.since.duration(to: .now).components.seconds)
                    }
                }
            }
        }
    }

    /// The worst state, with the name of whom it is; of several, one that says why.
    private static func worst(_ entries: [String: Entry]) -> DependencyState {
        let telling = entries.sorted { ($0.value.state.vagueness, $0.key) < ($1.value.state.vagueness, $1.key) }
        return telling.reduce(.up) { worst, entry in
            let (name, state) = (entry.key, entry.value.state)
            return switch (worst, state) {
            case (.up, .degraded(let reason)): .degraded("\(name): \(reason)")
            case (.up, .down(let reason)), (.degraded, .down(let reason)): .down("\(name): \(reason)")
            default: worst
            }
        }
    }
}

extension DependencyState {
    var word: String {
        switch self {
        case .up: "up"
        case .degraded: "degraded"
        case .down: "down"
        }
    }

    var reason: String? {
        switch self {
        case .up: nil
        case .degraded(let reason), .down(let reason): reason
        }
    }

    /// A state that says why is worth telling before one that doesn't.
    fileprivate var vagueness: Int { reason == Self.untried ? 1 : 0 }

    fileprivate var number: Double {
        switch self {
        case .up: 1
        case .degraded: 0.5
        case .down: 0
        }
    }
}
