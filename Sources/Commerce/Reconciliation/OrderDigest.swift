/// What a stretch of orders comes to: two databases that agree on it hold, as good as surely, the same orders.
public struct OrderDigest: Sendable, Hashable {
    public let orders: Int64
    public let totalMinor: Int64
    /// The sum, in decimal digits, of 60 bits of each order's MD5: the same in whatever order they are added. MD5 is what
    /// every PostgreSQL computes alike; nobody has to be kept from forging orders here.
    public let hash: String

    public static let none = OrderDigest(orders: 0, totalMinor: 0, hash: "0")

    public init(orders: Int64, totalMinor: Int64, hash: String) {
        self.orders = orders
        self.totalMinor = totalMinor
        self.hash = hash
    }

    /// The SQL that computes one: columns are the orders' number, sum and hash.
    ///
    /// - Parameter orders: SQL with the columns `id`, `customer_id`, `total_minor`, `is_cancelled`.
    public static func query(of orders: String) -> String {
        """
        SELECT count(*), coalesce(sum(total_minor), 0)::bigint,
               coalesce(sum(('x' || left(md5(concat_ws('|', id, customer_id, total_minor, is_cancelled)), 15))
                   ::bit(60)::bigint), 0)::text
        FROM (\(orders)) AS orders
        """
    }
}

extension JSONWriter {
    public mutating func members(of digest: OrderDigest) {
        name("orders")
        integer(digest.orders)
        name("totalMinor")
        integer(digest.totalMinor)
        name("hash")
        string(digest.hash)
    }
}
