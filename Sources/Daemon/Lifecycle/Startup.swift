import Synchronization

/// What a daemon does before it says that it is ready: each part has its gate.
///
/// A part opens its gate when it has done its work, or has tried and can't for now: a database that is away makes the
/// daemon degraded, and holds nobody up.
public final class Startup: Sendable {
    private let gates = Mutex<[Gate]>([])

    init() {}

    /// Makes one more gate; only before the daemon runs.
    public func gate() -> Gate {
        let gate = Gate()
        gates.withLock { $0.append(gate) }
        return gate
    }

    /// Returns when every gate is open.
    ///
    /// - Throws: `CancellationError`.
    func finish() async throws {
        for gate in gates.withLock({ $0 }) { try await gate.wait() }
    }
}
