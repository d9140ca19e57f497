public import FoundationEssentials

/// A stretch of order ids, by their first 64 bits: a UUIDv7 has its time there, and so have orders that were made one after
/// the other ids one after the other.
///
/// Two databases are compared stretch by stretch: what agrees as a whole need not be looked at.
public struct OrderRange: Sendable, Hashable {
    public let first: UInt64
    /// It is in it.
    public let last: UInt64

    public static let all = OrderRange(first: 0, last: .max)

    /// - Precondition: `first <= last`.
    public init(first: UInt64, last: UInt64) {
        precondition(first <= last)
        self.first = first
        self.last = last
    }

    /// Orders made from one time until before another; `nil` if that is no time at all.
    public init?(from: Date?, to: Date?) {
        let first = from.map { UUIDv7.lowerBound(of: $0).high } ?? 0
        let end = to.map { UUIDv7.lowerBound(of: $0).high }
        guard end.map({ $0 > first }) ?? true else { return nil }
        self.init(first: first, last: end.map { $0 - 1 } ?? .max)
    }

    /// The stretch between two ids, both in it; `nil` if they are the wrong way round.
    public init?(from first: UUID, through last: UUID) {
        guard first.high <= last.high else { return nil }
        self.init(first: first.high, last: last.high)
    }

    /// The smallest id in it.
    public var lowest: UUID { UUID(high: first, low: 0) }
    /// The largest id in it.
    public var highest: UUID { UUID(high: last, low: .max) }

    /// As many parts of one length, or fewer where it is too short for that.
    public func parts(_ count: Int) -> [OrderRange] {
        let step = max(1, (last - first) / UInt64(max(1, count)) + 1)
        var parts: [OrderRange] = []
        var next = first
        while true {
            let (end, overflows) = next.addingReportingOverflow(step - 1)
            if overflows || end >= last {
                parts.append(OrderRange(first: next, last: last))
                return parts
            }
            parts.append(OrderRange(first: next, last: end))
            next = end + 1
        }
    }
}
