import Commerce
import FoundationEssentials
import Postgres

/// A product of the catalogue.
struct Product: Sendable, Hashable {
    let id: ProductID
    let sku: String
    let name: String
    let description: String?
    let category: String?
    let price: Money
    /// How many pieces are there; `nil` where nobody counts.
    let stock: Int?
    /// Rises with every change, sales included: the ETag.
    let version: Int64
    let createdAt: Date
    let updatedAt: Date
    /// Since when it can't be ordered any more.
    let archivedAt: Date?

    /// The columns that ``init(_:currency:)`` reads, in its order.
    static let columns = """
        id, sku, name, description, category, price_minor, stock, version, created_at, updated_at, archived_at
        """

    init(_ row: Row, currency: Currency) throws {
        let id: UUID
        let priceMinor: Int64
        let stock: Int32?
        (id, sku, name, description, category, priceMinor, stock, version, createdAt, updatedAt, archivedAt) =
            try row.decode(
                UUID.self, String.self, String.self, String?.self, String?.self, Int64.self, Int32?.self, Int64.self,
                Date.self, Date.self, Date?.self)
        self.id = ProductID(id)
        price = Money(minorUnits: priceMinor, currency: currency)
        self.stock = stock.map(Int.init)
    }
}

extension JSONWriter {
    /// A product as every answer shows it. `null` says that there is no value; a client never has to guess.
    mutating func product(_ product: Product) {
        object {
            $0.name("id")
            $0.identifier(product.id)
            $0.name("sku")
            $0.string(product.sku)
            $0.name("name")
            $0.string(product.name)
            $0.name("description")
            $0.stringOrNull(product.description)
            $0.name("price")
            $0.money(product.price)
            $0.name("currency")
            $0.string(product.price.currency.code)
            $0.name("stock")
            if let stock = product.stock { $0.integer(stock) } else { $0.null() }
            $0.name("category")
            $0.stringOrNull(product.category)
            $0.name("createdAt")
            $0.date(product.createdAt)
            $0.name("updatedAt")
            $0.date(product.updatedAt)
            if let archivedAt = product.archivedAt {
                $0.name("archivedAt")
                $0.date(archivedAt)
            }
        }
    }

    private mutating func stringOrNull(_ text: String?) {
        if let text { string(text) } else { null() }
    }
}
