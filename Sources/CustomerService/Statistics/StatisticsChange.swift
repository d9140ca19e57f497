import Commerce

/// How much a customer's sums change: what an order counts for now, less what it counted for before.
struct StatisticsChange: Sendable, Hashable {
    /// Orders that stand.
    var orders: Int64 = 0
    /// What they cost, in minor units.
    var spentMinor: Int64 = 0
    var cancelled: Int64 = 0

    static let none = StatisticsChange()

    /// What one order counts for: one order and its total while it stands, one cancellation afterwards.
    static func order(totalMinor: Int64, isCancelled: Bool) -> StatisticsChange {
        isCancelled
            ? StatisticsChange(cancelled: 1)
            : StatisticsChange(orders: 1, spentMinor: totalMinor)
    }

    static func += (left: inout Self, right: Self) {
        left.orders += right.orders
        left.spentMinor += right.spentMinor
        left.cancelled += right.cancelled
    }

    static func - (left: Self, right: Self) -> Self {
        Self(
            orders: left.orders - right.orders, spentMinor: left.spentMinor - right.spentMinor,
            cancelled: left.cancelled - right.cancelled)
    }
}
