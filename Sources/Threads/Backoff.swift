/// How long to wait before the next try: doubling from a first delay to a longest one, each time with jitter.
///
/// "Equal jitter": after an outage the clients of a server come back spread over the interval, not all at once
/// (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015).
public struct Backoff: Sendable {
    private let first: Duration
    private let longest: Duration
    private var ceiling: Duration

    /// - Parameters:
    ///   - first: The upper end of the first delay.
    ///   - longest: The upper end that doubling stops at.
    public init(first: Duration = .milliseconds(100), longest: Duration = .seconds(5)) {
        self.first = first
        self.longest = longest
        ceiling = first
    }

    /// The delay before the next try: between half the current ceiling and the whole of it.
    public mutating func next() -> Duration {
        defer { ceiling = min(ceiling * 2, longest) }
        return ceiling * Double.random(in: 0.5...1)
    }

    /// After a success: the next delay is short again.
    public mutating func reset() {
        ceiling = first
    }
}
