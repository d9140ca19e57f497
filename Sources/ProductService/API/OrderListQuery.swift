import Commerce
import Daemon
import FoundationEssentials
import Hummingbird

/// What a client asks `GET /orders` for.
struct OrderListQuery: Sendable {
    let filter: OrderFilter
    let limit: Int
    let start: PageStart
    /// The page's number, where the client counts pages; `nil` where it goes by cursor.
    let page: Int?
    /// Whether a filtered list should be counted, which costs as much as the list is long.
    let counts: Bool

    /// How deep pages reach. Skipping rows costs reading them, so beyond this only a cursor goes on.
    static let lastPagedRow = 10_000

    init(_ request: Request) throws(Problem) {
        var query = Query(request)
        var filter = OrderFilter()
        filter.customerID = query.value("customerId", "must be a UUID") { CustomerID($0) }
        filter.status = query.value(
            "status", "must be one of \(OrderStatus.allCases.map(\.rawValue).joined(separator: ", "))"
        ) { OrderStatus(rawValue: $0) }
        filter.from = query.value("from", "must be a time as RFC 3339 writes it") { Date(rfc3339: $0) }
        filter.to = query.value("to", "must be a time as RFC 3339 writes it") { Date(rfc3339: $0) }
        filter.source = query.text("source", maximumLength: 100)
        limit = query.integer("limit", in: 1...200, default: 20)
        counts = query.bool("count")
        let cursor = query.value("cursor", "must be a cursor that meta.nextCursor gave") { OrderID($0) }
        let page = query.integer("page", in: 1...Int(Int32.max))
        if let page, page * limit > Self.lastPagedRow {
            let _: Int? = query.fault(
                "page",
                "reaches to row \(Self.lastPagedRow) only; go on with cursor=<meta.nextCursor of the page before>")
        }
        if page != nil, cursor != nil { let _: Int? = query.fault("page", "can't be combined with cursor") }
        try query.finish()
        self.filter = filter
        if let cursor {
            start = .after(cursor)
            self.page = nil
        } else {
            start = .row(((page ?? 1) - 1) * limit)
            self.page = page ?? 1
        }
    }
}
