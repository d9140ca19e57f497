import Commerce
import FoundationEssentials
import Testing

@testable import ProductService

@Suite("An order takes all of its stock or nothing")
struct StockLedgerTests {
    private let usd = Currency.usd
    private let lamp = ProductID(UUIDv7.shared.next())
    private let desk = ProductID(UUIDv7.shared.next())

    private func product(_ id: ProductID, price: Int64 = 1_000, stock: Int?, isArchived: Bool = false) -> OfferedProduct
    {
        OfferedProduct(
            id: id, name: "Product", price: Money(minorUnits: price, currency: usd), stock: stock,
            isArchived: isArchived)
    }

    private func request(
        _ items: [(ProductID, Int)], quoted: Int64? = nil, expectedTotal: Int64? = nil
    ) -> OrderRequest {
        OrderRequest(
            customerID: CustomerID(UUIDv7.shared.next()),
            items: items.map {
                OrderRequest.Item(
                    productID: $0.0, quantity: $0.1, quotedPrice: quoted.map { Money(minorUnits: $0, currency: usd) })
            },
            details: OrderDetails(), expectedTotal: expectedTotal.map { Money(minorUnits: $0, currency: usd) })
    }

    private func reasons(_ decision: StockLedger.Decision) -> [ItemRefusal.Reason] {
        guard case .refused(.items(let items)) = decision else { return [] }
        return items.map(\.reason)
    }

    @Test("an accepted order has the catalogue's prices and their sum, and takes its stock")
    func accepted() {
        var ledger = StockLedger(
            products: [product(lamp, price: 1_999, stock: 5), product(desk, price: 10, stock: nil)], currency: usd)
        guard case .accepted(let priced) = ledger.decide(request([(lamp, 2), (desk, 3)])) else {
            Issue.record("the order was refused")
            return
        }
        #expect(priced.total.minorUnits == 2 * 1_999 + 3 * 10)
        #expect(priced.items.map(\.price.minorUnits) == [1_999, 10])
        #expect(ledger.taken == [lamp: 2])
    }

    @Test("of ten orders for a stock of four, the first four get it")
    func lastOnesAreRefused() {
        var ledger = StockLedger(products: [product(lamp, stock: 4)], currency: usd)
        let decisions = (0..<10).map { _ in reasons(ledger.decide(request([(lamp, 1)]))) }
        #expect(
            decisions == Array(repeating: [], count: 4) + Array(repeating: [.insufficientStock(available: 0)], count: 6)
        )
        #expect(ledger.taken == [lamp: 4])
    }

    @Test("an order that names a product twice needs the stock for both")
    func namedTwice() {
        var ledger = StockLedger(products: [product(lamp, stock: 3)], currency: usd)
        #expect(reasons(ledger.decide(request([(lamp, 2), (lamp, 2)]))) == [.insufficientStock(available: 3)])
        #expect(ledger.taken.isEmpty)
        #expect(reasons(ledger.decide(request([(lamp, 2), (lamp, 1)]))).isEmpty)
        #expect(ledger.taken == [lamp: 3])
    }

    @Test("a refused order takes nothing, also where some of its items could be had")
    func refusedTakesNothing() {
        var ledger = StockLedger(products: [product(lamp, stock: 3), product(desk, stock: 0)], currency: usd)
        #expect(reasons(ledger.decide(request([(lamp, 3), (desk, 1)]))) == [.insufficientStock(available: 0)])
        #expect(reasons(ledger.decide(request([(lamp, 3)]))).isEmpty)
    }

    @Test("every obstacle is named, at its item")
    func everyObstacle() {
        let unknown = ProductID(UUIDv7.shared.next())
        var ledger = StockLedger(
            products: [product(lamp, price: 500, stock: 1), product(desk, stock: 9, isArchived: true)], currency: usd)
        let decision = ledger.decide(request([(unknown, 1), (desk, 1), (lamp, 1)], quoted: 400))
        guard case .refused(.items(let items)) = decision else {
            Issue.record("the order was let through")
            return
        }
        #expect(items.map(\.index) == [0, 1, 2])
        #expect(
            items.map(\.reason) == [
                .unknownProduct, .archivedProduct, .priceChanged(to: Money(minorUnits: 500, currency: usd)),
            ])
    }

    @Test("an expected total that is not the catalogue's is refused with both")
    func expectedTotal() {
        var ledger = StockLedger(products: [product(lamp, price: 500, stock: 1)], currency: usd)
        let refused = ledger.decide(request([(lamp, 1)], expectedTotal: 499))
        #expect(
            refused
                == .refused(
                    .totalChanged(
                        expected: Money(minorUnits: 499, currency: usd), actual: Money(minorUnits: 500, currency: usd)))
        )
        #expect(ledger.taken.isEmpty)
    }

    @Test("a sum beyond what an order may cost is refused, also where it would not fit into 64 bits")
    func tooLarge() {
        let dear = Money.maximumMinorUnits
        var ledger = StockLedger(products: [product(lamp, price: dear, stock: nil)], currency: usd)
        #expect(ledger.decide(request([(lamp, 2)])) == .refused(.totalTooLarge))
        #expect(ledger.decide(request([(lamp, 1_000_000)])) == .refused(.totalTooLarge))
    }
}
