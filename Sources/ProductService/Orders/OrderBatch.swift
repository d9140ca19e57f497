import Commerce
import FoundationEssentials
import Postgres

/// One transaction that writes many orders: what group commit means here.
///
/// Two round trips, whatever the number of orders. The first reads what is known of the idempotency keys and locks the
/// products, in the order of their ids, so that two batches can never wait for each other in a circle. Then everything
/// is decided in memory. The second writes orders, stock, keys, events and the counter, and commits.
///
/// If it throws, nothing was written, unless the error's `outcomeUnknown` says that the COMMIT's answer was lost;
/// ``transactionID`` then tells what to ask the server about.
struct OrderBatch {
    let submissions: [OrderSubmission]
    let currency: Currency
    /// Which part of the order counter this writer adds to, 0 to 63.
    let counterShard: Int16
    /// The server's number for this transaction (`xid8`), once it is known.
    private(set) var transactionID: String?
    /// What became of each submission, once decided, in their order.
    private(set) var outcomes: [OrderOutcome] = []

    /// One of the orders that this batch makes: it is stored if and only if all of them are.
    var anyNewOrder: OrderID? {
        for case .accepted(let order) in outcomes where !order.isReplay { return order.id }
        return nil
    }

    init(_ submissions: [OrderSubmission], currency: Currency, counterShard: Int16) {
        self.submissions = submissions
        self.currency = currency
        self.counterShard = counterShard
    }

    /// Does all of it inside a transaction that the caller commits.
    mutating func write(in transaction: Transaction, at now: Date) throws {
        outcomes = []
        let (answered, products) = try readAndLock(in: transaction)
        var ledger = StockLedger(products: products, currency: currency)
        var accepted = AcceptedRows()
        for submission in submissions {
            if let idempotency = submission.idempotency, let first = answered[idempotency.key] {
                outcomes.append(first.outcome(for: idempotency))
                continue
            }
            switch ledger.decide(submission.request) {
            case .refused(let refusal):
                outcomes.append(.refused(refusal))
            case .accepted(let priced):
                let order = Order(submission.request, priced: priced, at: now)
                outcomes.append(.accepted(accepted.append(order, from: submission)))
            }
        }
        try accepted.enqueue(in: transaction, stockTaken: ledger.taken, counterShard: counterShard)
    }

    private mutating func readAndLock(
        in transaction: Transaction
    ) throws -> (answered: [IdempotencyKey: FirstAnswer], products: [OfferedProduct]) {
        let productIDs = Set(submissions.flatMap { $0.request.items.map(\.productID) })
        let keys = submissions.compactMap { $0.idempotency?.key }
        let results = try transaction.queryAll([
            (OrderStatements.transactionID, []),
            (OrderStatements.firstAnswers, [keys.map(\.scope), keys.map(\.key)]),
            (OrderStatements.lockProducts, [productIDs.sorted().map(\.uuid)]),
        ])
        transactionID = try results[0].first?.decode(String.self)
        let answered = try results[1].map(FirstAnswer.init)
        var products = try results[2].map { try OfferedProduct($0, currency: currency) }
        let missing = productIDs.subtracting(products.map(\.id))
        if !missing.isEmpty {
            // A product may have stopped being tracked between the statement's snapshot and its lock, and then was in
            // neither half. A second look tells it from one that isn't there.
            let rows = try transaction.query(OrderStatements.lockProducts, missing.sorted().map(\.uuid))
            products += try rows.map { try OfferedProduct($0, currency: currency) }
        }
        return (Dictionary(answered.map { ($0.key, $0) }) { first, _ in first }, products)
    }
}

/// What was answered when an idempotency key came for the first time.
private struct FirstAnswer {
    let key: IdempotencyKey
    private let fingerprint: [UInt8]
    private let orderID: OrderID
    private let answer: [UInt8]

    init(_ row: Row) throws {
        let (scope, key, fingerprint, orderID, answer) = try row.decode(
            String.self, String.self, [UInt8].self, UUID.self, String.self)
        self.key = IdempotencyKey(scope: scope, key: key)
        self.fingerprint = fingerprint
        self.orderID = OrderID(orderID)
        self.answer = Array(answer.utf8)
    }

    func outcome(for idempotency: OrderSubmission.Idempotency) -> OrderOutcome {
        guard idempotency.fingerprint == fingerprint else { return .refused(.keyReused) }
        return .accepted(AcceptedOrder(id: orderID, answer: answer, isReplay: true))
    }
}

extension OfferedProduct {
    fileprivate init(_ row: Row, currency: Currency) throws {
        let (id, name, priceMinor, stock, isArchived) = try row.decode(
            UUID.self, String.self, Int64.self, Int32?.self, Bool.self)
        self.init(
            id: ProductID(id), name: name, price: Money(minorUnits: priceMinor, currency: currency),
            stock: stock.map(Int.init), isArchived: isArchived)
    }
}

extension Order {
    fileprivate init(_ request: OrderRequest, priced: StockLedger.Priced, at now: Date) {
        let id = OrderID(UUIDv7.shared.next(at: now))
        self.init(
            id: id, customerID: request.customerID, items: priced.items, total: priced.total, status: .created,
            createdAt: now, updatedAt: now, details: request.details)
    }
}
