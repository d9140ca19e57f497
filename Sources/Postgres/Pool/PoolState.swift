public import FoundationEssentials

/// What a pool can do right now, for a readiness page and for metrics.
public struct PoolState: Sendable {
    public var availability: Availability
    /// Connections that stand, busy ones included.
    public var open: Int
    /// Connections at work.
    public var busy: Int
    /// Callers that wait for a connection.
    public var waiting: Int

    public enum Availability: Sendable, Hashable {
        /// The first connection is still being made.
        case connecting
        case connected
        /// No connection stands, and the last attempt failed; the pool keeps trying.
        case unavailable(reason: String, since: Date)
        /// Shut down, or about to be.
        case closed
    }

    public var isConnected: Bool { availability == .connected }
}
