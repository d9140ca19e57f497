import Commerce

/// A product as somebody wants it to be: the body of `POST /products`.
struct NewProduct: Sendable, Hashable {
    let id: ProductID?
    let sku: String
    let name: String
    let description: String?
    let category: String?
    let price: Money
    let stock: Int?

    /// - Throws: ``InvalidBody``, naming every one.
    init(reading document: JSON.Document, currency: Currency) throws(InvalidBody) {
        var reader = ObjectReader(document.value)
        let id: ProductID? = reader.identifier("id")
        let sku = reader.required("sku") { $0.string($1, maximumLength: 100) }
        let name = reader.required("name") { $0.string($1) }
        let description = reader.string("description", maximumLength: 10_000)
        let category = reader.string("category", maximumLength: 100)
        let price = reader.required("price") { $0.money($1, in: currency) }
        let stock = reader.integer("stock", in: Product.stockRange)
        reader.currency(mustBe: currency)
        reader.refuseUnknownMembers()
        let faults = document.faults + reader.faults
        guard faults.isEmpty, let sku, let name, let price else { throw InvalidBody(faults: faults) }
        self.id = id
        self.sku = sku
        self.name = name
        self.description = description
        self.category = category
        self.price = price
        self.stock = stock
    }
}

/// What should change in a product: the body of `PATCH /products/{id}`, a JSON merge patch (RFC 7396).
///
/// `nil` leaves a member as it is; for the members that may be absent, `.some(nil)` takes the value away.
struct ProductPatch: Sendable, Hashable {
    let sku: String?
    let name: String?
    let description: String??
    let category: String??
    let price: Money?
    let stock: Int??

    init(reading document: JSON.Document, currency: Currency) throws(InvalidBody) {
        var reader = ObjectReader(document.value)
        sku = reader.unremovable("sku") { $0.string($1, maximumLength: 100) }
        name = reader.unremovable("name") { $0.string($1) }
        description = reader.removable("description") { $0.string($1, maximumLength: 10_000) }
        category = reader.removable("category") { $0.string($1, maximumLength: 100) }
        price = reader.unremovable("price") { $0.money($1, in: currency) }
        stock = reader.removable("stock") { $0.integer($1, in: Product.stockRange) }
        reader.currency(mustBe: currency)
        reader.refuseUnknownMembers()
        let faults = document.faults + reader.faults
        guard faults.isEmpty else { throw InvalidBody(faults: faults) }
    }
}

extension Product {
    /// What a stock can be: PostgreSQL's `integer`, not negative.
    static let stockRange = 0...Int(Int32.max)
}

extension ObjectReader {
    /// Prices are in the deployment's currency; a client that names another one means another price.
    fileprivate mutating func currency(mustBe currency: Currency) {
        if let code = string("currency"), code != currency.code { fault("currency", "must be \(currency.code)") }
    }

    /// A member of a merge patch whose `null` takes the value away.
    fileprivate mutating func removable<Value>(
        _ name: String, _ read: (inout ObjectReader, String) -> Value?
    ) -> Value?? {
        has(name) ? .some(read(&self, name)) : nil
    }

    /// A member of a merge patch that can be changed and not taken away.
    fileprivate mutating func unremovable<Value>(
        _ name: String, _ read: (inout ObjectReader, String) -> Value?
    ) -> Value? {
        has(name) ? required(name, read) : nil
    }
}
