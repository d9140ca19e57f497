import Synchronization

/// Whether the daemon's loops move: what the watchdog of systemd is fed from.
///
/// Each essential loop says when it has moved and when it has nothing to do. One that has begun something and not moved
/// for too long is wedged, whatever the reason, and only a restart helps. A server that can't be reached is no such
/// reason: a loop that tries again moves.
public final class Liveness: Sendable {
    private let loops = Mutex<[LoopPulse]>([])

    public init() {}

    /// Registers a loop.
    ///
    /// - Parameters:
    ///   - name: For people: `order-writer-0`.
    ///   - patience: How long one piece of its work may take: more than all of the piece's deadlines together.
    public func loop(_ name: String, patience: Duration) -> LoopPulse {
        let pulse = LoopPulse(name: name, patience: patience)
        loops.withLock { $0.append(pulse) }
        return pulse
    }

    /// The loops that are wedged.
    var wedged: [String] {
        let now = ContinuousClock.now
        return loops.withLock { $0 }.filter { $0.isWedged(at: now) }.map(\.name)
    }
}

/// The sign of life of one loop.
public final class LoopPulse: Sendable {
    let name: String
    private let patience: Duration
    /// When it last moved; `nil` while it has nothing to do.
    private let moved = Mutex<ContinuousClock.Instant?>(nil)
    private let stalls: Bool

    init(name: String, patience: Duration) {
        self.name = name
        stalls = StallFault.stalledLoop == name
        // Nobody wants to wait ten minutes for a test.
        self.patience = stalls ? min(patience, .seconds(2)) : patience
    }

    /// The loop begins a piece of work, or has come on with it.
    public func moves() {
        moved.withLock { $0 = .now }
        if stalls { StallFault.stall() }
    }

    /// The loop waits for something to do.
    public func rests() {
        moved.withLock { $0 = nil }
    }

    fileprivate func isWedged(at now: ContinuousClock.Instant) -> Bool {
        moved.withLock { $0.map { now - $0 > patience } ?? false }
    }
}
