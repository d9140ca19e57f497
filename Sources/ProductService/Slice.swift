/// Some elements of a longer list.
struct Slice<Element: Sendable>: Sendable {
    let elements: [Element]
    /// Whether the list goes on behind them.
    let hasMore: Bool

    /// - Parameter fetched: One element more than `limit`, where there is one.
    init(_ fetched: [Element], limit: Int) {
        elements = Array(fetched.prefix(limit))
        hasMore = fetched.count > limit
    }
}
