import Commerce
import FoundationEssentials
import Postgres

/// Reads accepted orders.
///
/// Lists go by the id, newest first, so that the cost of a page depends on its length and not on the table's.
struct OrderStore: Sendable {
    private let pool: PostgresPool
    private let currency: Currency

    init(pool: PostgresPool, currency: Currency) {
        self.pool = pool
        self.currency = currency
    }

    /// One order with everything; `nil` where there is none.
    func order(_ id: OrderID) async throws -> StoredOrder? {
        try await pool.withConnection { [currency] connection in
            try connection.query(Self.byID, id.uuid).first.map { try StoredOrder($0, currency: currency) }
        }
    }

    /// A customer's orders with everything, newest first, from behind `cursor`.
    func orders(of customer: CustomerID, limit: Int, after cursor: OrderID?) async throws -> Slice<StoredOrder> {
        let orders = try await pool.withConnection { [currency] connection in
            try connection.query(Self.ofCustomer, customer.uuid, cursor?.uuid, Int64(limit + 1))
                .map { try StoredOrder($0, currency: currency) }
        }
        return Slice(orders, limit: limit)
    }

    /// Orders in short, newest first.
    func summaries(_ filter: OrderFilter, limit: Int, from start: PageStart) async throws -> Slice<OrderSummary> {
        let bounds = filter.bounds
        let (cursor, offset): (OrderID?, Int) =
            switch start {
            case .row(let offset): (nil, offset)
            case .after(let cursor): (cursor, 0)
            }
        let summaries = try await pool.withConnection { [currency] connection in
            try connection.query(
                Self.page, filter.customerID?.uuid, filter.status?.rawValue, filter.source, bounds.from, bounds.to,
                cursor?.uuid, Int64(limit + 1), Int64(offset)
            ).map { try OrderSummary($0, currency: currency) }
        }
        return Slice(summaries, limit: limit)
    }

    /// How many orders there are: from the counters when nothing is filtered, else by counting.
    func count(_ filter: OrderFilter) async throws -> Int64 {
        let bounds = filter.bounds
        return try await pool.withConnection { connection in
            let rows =
                filter.isEmpty
                ? try connection.query(Self.countAll)
                : try connection.query(
                    Self.countFiltered, filter.customerID?.uuid, filter.status?.rawValue, filter.source, bounds.from,
                    bounds.to)
            return try rows[0].decode(Int64.self)
        }
    }

    private static let columns = """
        id, customer_id, status, total_minor, version, created_at, updated_at, items, details
        """

    static let byID = Statement("SELECT \(columns) FROM orders WHERE id = $1::uuid")

    private static let ofCustomer = Statement(
        """
        SELECT \(columns) FROM orders
        WHERE customer_id = $1::uuid AND ($2::uuid IS NULL OR id < $2::uuid)
        ORDER BY id DESC LIMIT $3::bigint
        """)

    // Parameters that are NULL fall away when the statement is planned: the pool asks for custom plans.
    private static let filters = """
        ($1::uuid IS NULL OR customer_id = $1::uuid)
            AND ($2::text IS NULL OR status = $2::text)
            AND ($3::text IS NULL OR source = $3::text)
            AND ($4::uuid IS NULL OR id >= $4::uuid)
            AND ($5::uuid IS NULL OR id < $5::uuid)
        """

    private static let page = Statement(
        """
        SELECT id, customer_id, total_minor, status, created_at FROM orders
        WHERE \(filters)
            AND ($6::uuid IS NULL OR id < $6::uuid)
        ORDER BY id DESC LIMIT $7::bigint OFFSET $8::bigint
        """)

    private static let countFiltered = Statement("SELECT count(*) FROM orders WHERE \(filters)")

    private static let countAll = Statement("SELECT sum(orders)::bigint FROM order_counters")
}

/// Which orders a list shows.
struct OrderFilter: Sendable, Hashable {
    var customerID: CustomerID?
    var status: OrderStatus?
    var source: String?
    /// Orders made at this time or later.
    var from: Date?
    /// Orders made before this time.
    var to: Date?

    var isEmpty: Bool { self == OrderFilter() }

    /// The time range as a range of ids.
    fileprivate var bounds: (from: UUID?, to: UUID?) {
        (from.map(UUIDv7.lowerBound), to.map(UUIDv7.lowerBound))
    }
}

/// Where a page begins.
enum PageStart: Sendable, Hashable {
    /// After so many rows.
    case row(Int)
    /// Behind the order that the page before ended with.
    case after(OrderID)
}
