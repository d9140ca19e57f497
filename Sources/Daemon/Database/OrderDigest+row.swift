public import Commerce
public import Postgres

extension OrderDigest {
    /// Reads what ``query(of:)`` gives.
    public init(_ rows: Rows) throws {
        let (orders, totalMinor, hash) = try rows.only().decode(Int64.self, Int64.self, String.self)
        self.init(orders: orders, totalMinor: totalMinor, hash: hash)
    }
}
