package import Commerce

/// An order as somebody asks for it: complete and well-formed, but not priced yet and not accepted.
///
/// It can only be made by reading a JSON text that has no fault.
package struct OrderRequest: Sendable, Hashable {
    /// One product that is asked for.
    package struct Item: Sendable, Hashable {
        package let productID: ProductID
        package let quantity: Int
        /// The price of one piece that the customer was shown, where the client sends it along.
        package let quotedPrice: Money?
    }

    package let customerID: CustomerID
    package let items: [Item]
    package let details: OrderDetails
    /// The sum that the customer was shown, where the client sends it along.
    package let expectedTotal: Money?
}

extension OrderRequest {
    /// Reads the body of `POST /orders`, or one record of a batch.
    ///
    /// - Throws: ``InvalidBody``, naming every one.
    package init(reading document: JSON.Document, currency: Currency) throws(InvalidBody) {
        var reader = ObjectReader(document.value)
        let customerID = reader.required("customerId") { $0.identifier($1, of: CustomerKind.self) }
        let items = reader.required("items") { $0.array($1, count: 1...LineItem.maximumCount) }?
            .enumerated().compactMap { index, item in
                reader.nested(item, at: reader.path.member("items").index(index)) {
                    Self.item(&$0, currency: currency)
                }
            }
        let details = reader.details()
        let expectedTotal = reader.money("expectedTotal", in: currency)
        // Old clients send their own total, with tax and shipping in it: taken, and not trusted.
        _ = reader.value("total")
        reader.refuseUnknownMembers()
        let faults = document.faults + reader.faults
        guard faults.isEmpty, let customerID, let items else { throw InvalidBody(faults: faults) }
        self.init(customerID: customerID, items: items, details: details, expectedTotal: expectedTotal)
    }

    private static func item(_ reader: inout ObjectReader, currency: Currency) -> Item? {
        let productID = reader.required("productId") { $0.identifier($1, of: ProductKind.self) }
        let quantity = reader.required("quantity") { $0.quantity($1) }
        let price = reader.money("price", in: currency)
        // What the shop's own pages keep with an item in the basket.
        _ = reader.value("name")
        reader.refuseUnknownMembers()
        guard let productID, let quantity else { return nil }
        return Item(productID: productID, quantity: quantity, quotedPrice: price)
    }
}

extension ObjectReader {
    fileprivate mutating func quantity(_ name: String) -> Int? {
        guard let value = value(name) else { return nil }
        guard case .number(let digits) = value, let quantity = Int(digits), quantity > 0 else {
            return fault(name, "must be a positive integer")
        }
        guard quantity <= LineItem.maximumQuantity else {
            return fault(name, "must be at most \(LineItem.maximumQuantity)")
        }
        return quantity
    }
}
