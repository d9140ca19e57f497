import Commerce

/// A product as the writer sees it while it holds the row.
struct OfferedProduct: Sendable, Hashable {
    let id: ProductID
    let name: String
    let price: Money
    /// `nil` where stock is not tracked.
    var stock: Int?
    let isArchived: Bool
}

/// Decides, one order after the other, which orders of a batch can be had from the stock that is there.
///
/// An order takes its stock before the next one is looked at, and takes either all of it or nothing; a refused order
/// leaves no trace. This is arithmetic only: the rows are locked before and written after.
struct StockLedger {
    private var products: [ProductID: OfferedProduct]
    private(set) var taken: [ProductID: Int] = [:]
    private let currency: Currency

    init(products: [OfferedProduct], currency: Currency) {
        self.products = Dictionary(products.map { ($0.id, $0) }) { first, _ in first }
        self.currency = currency
    }

    /// An order that was let through: its items at the catalogue's prices, and their sum.
    struct Priced: Sendable, Hashable {
        let items: [LineItem]
        let total: Money
    }

    enum Decision: Sendable, Hashable {
        case accepted(Priced)
        case refused(OrderRefusal)
    }

    mutating func decide(_ request: OrderRequest) -> Decision {
        var refusals: [ItemRefusal] = []
        var items: [LineItem] = []
        items.reserveCapacity(request.items.count)
        var wanted: [ProductID: Int] = [:]
        var total: Money? = Money(minorUnits: 0, currency: currency)
        for (index, item) in request.items.enumerated() {
            wanted[item.productID, default: 0] += item.quantity
            if let reason = obstacle(to: item, wanting: wanted[item.productID, default: 0]) {
                refusals.append(ItemRefusal(index: index, productID: item.productID, reason: reason))
            } else if let product = products[item.productID] {
                items.append(
                    LineItem(
                        productID: product.id, name: product.name, quantity: item.quantity, price: product.price))
                total = product.price.multiplied(by: item.quantity).flatMap { total?.adding($0) }
            }
        }
        guard refusals.isEmpty else { return .refused(.items(refusals)) }
        guard let total, total.minorUnits <= Money.maximumMinorUnits else { return .refused(.totalTooLarge) }
        if let expected = request.expectedTotal, expected != total {
            return .refused(.totalChanged(expected: expected, actual: total))
        }
        take(wanted)
        return .accepted(Priced(items: items, total: total))
    }

    private func obstacle(to item: OrderRequest.Item, wanting quantity: Int) -> ItemRefusal.Reason? {
        guard let product = products[item.productID] else { return .unknownProduct }
        if product.isArchived { return .archivedProduct }
        if let quoted = item.quotedPrice, quoted != product.price { return .priceChanged(to: product.price) }
        if let stock = product.stock, stock < quantity { return .insufficientStock(available: stock) }
        return nil
    }

    private mutating func take(_ wanted: [ProductID: Int]) {
        for (id, quantity) in wanted {
            guard let stock = products[id]?.stock else { continue }
            products[id]?.stock = stock - quantity
            taken[id, default: 0] += quantity
        }
    }
}
