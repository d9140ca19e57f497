import Commerce
import FoundationEssentials
import Postgres

/// An order as it is on disk, and which version of it.
struct StoredOrder: Sendable {
    var order: Order
    /// Rises with each change of status: the ETag.
    var version: Int

    /// Reads `id, customer_id, status, total_minor, version, created_at, updated_at, items, details`.
    init(_ row: Row, currency: Currency) throws {
        let (id, customerID, status, totalMinor, version, createdAt, updatedAt, items, details) = try row.decode(
            UUID.self, UUID.self, String.self, Int64.self, Int32.self, Date.self, Date.self, JSONB.self, JSONB.self)
        var itemsReader = ObjectReader(.object([JSON.Member("items", try JSON.parse(items.bytes).value)]))
        var detailsReader = ObjectReader(try JSON.parse(details.bytes).value)
        guard let status = OrderStatus(rawValue: status),
            let items = itemsReader.items("items", currency: currency), itemsReader.faults.isEmpty
        else { throw UnreadableOrder(id: OrderID(id), faults: itemsReader.faults) }
        order = Order(
            id: OrderID(id), customerID: CustomerID(customerID), items: items,
            total: Money(minorUnits: totalMinor, currency: currency), status: status, createdAt: createdAt,
            updatedAt: updatedAt, details: detailsReader.details())
        self.version = Int(version)
    }
}

/// An order's row that doesn't say what orders say: somebody changed it by hand, or the deployment's currency.
struct UnreadableOrder: Error, CustomStringConvertible {
    let id: OrderID
    let faults: [Fault]

    var description: String {
        "the row of order \(id) can't be read (\(faults.map(\.message).joined(separator: "; "))); "
            + "was it changed by hand, or CURRENCY since it was written?"
    }
}

/// What a list shows of an order.
struct OrderSummary: Sendable {
    let id: OrderID
    let customerID: CustomerID
    let total: Money
    let status: String
    let createdAt: Date

    /// Reads `id, customer_id, total_minor, status, created_at`.
    init(_ row: Row, currency: Currency) throws {
        let (id, customerID, totalMinor, status, createdAt) = try row.decode(
            UUID.self, UUID.self, Int64.self, String.self, Date.self)
        self.id = OrderID(id)
        self.customerID = CustomerID(customerID)
        total = Money(minorUnits: totalMinor, currency: currency)
        self.status = status
        self.createdAt = createdAt
    }
}
