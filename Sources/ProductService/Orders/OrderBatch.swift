import Commerce
import FoundationEssentials
import Postgres

/// One transaction that writes many orders: what group commit means here.
///
/// Two round trips, whatever the number of orders. The first reads what is known of the idempotency keys and locks the
/// products, in the order of their ids, so that two batches can never wait for each other in a circle. Then everything
/// is decided in memory, and what is decided goes ahead to the server while the rest is. The second writes orders,
/// events, stock, keys, the counter and the progress of files, and commits.
///
/// If it throws, nothing was written, unless the error's `outcomeUnknown` says that the COMMIT's answer was lost;
/// ``transactionID`` then tells what to ask the server about.
struct OrderBatch {
    let groups: [OrderGroup]
    let currency: Currency
    /// Which part of the order counter this writer adds to, 0 to 63.
    let counterShard: Int16
    /// The server's number for this transaction (`xid8`), once it is known.
    private(set) var transactionID: String?
    /// What became of each group, once decided, in their order.
    private(set) var results: [GroupResult] = []
    /// One of the orders that this batch makes: it is stored if and only if all of them are.
    private(set) var anyNewOrder: OrderID?

    init(_ groups: [OrderGroup], currency: Currency, counterShard: Int16) {
        self.groups = groups
        self.currency = currency
        self.counterShard = counterShard
    }

    /// Does all of it inside a transaction that the caller commits.
    mutating func write(in transaction: Transaction, at now: Date) throws {
        let known = try readAndLock(in: transaction)
        var draft = Draft(
            ledger: StockLedger(products: known.products, currency: currency), answered: known.answered, now: now)
        var progress = ProgressRows()
        results = []
        for group in groups {
            guard let file = group.progress else {
                results.append(.success(try draft.decide(group, in: transaction)))
                continue
            }
            guard known.offsets[file.fileID.uuid] == file.from.offset else {
                results.append(.failure(.outOfStep))
                continue
            }
            let outcomes = try draft.decide(group, in: transaction)
            progress.append(file, outcomes)
            results.append(.success(outcomes))
        }
        anyNewOrder = draft.accepted.anyOrder
        try transaction.enqueueAll(
            draft.accepted.calls(stockTaken: draft.ledger.taken, counterShard: counterShard, at: now))
        try progress.enqueue(in: transaction, at: now)
    }

    /// What the first round trip brings.
    private struct Known {
        let answered: [IdempotencyKey: FirstAnswer]
        let products: [OfferedProduct]
        /// How far each file has come that is not ended.
        let offsets: [UUID: Int64]
    }

    private mutating func readAndLock(in transaction: Transaction) throws -> Known {
        let submissions = groups.flatMap(\.submissions)
        let productIDs = Set(submissions.flatMap { $0.request.items.map(\.productID) })
        let keys = submissions.compactMap { $0.idempotency?.key }
        let files = groups.compactMap { $0.progress?.fileID.uuid }
        var calls: [Transaction.StatementCall] = [
            (OrderStatements.transactionID, []),
            (OrderStatements.firstAnswers, [keys.map(\.scope), keys.map(\.key)]),
            (OrderStatements.lockProducts, [productIDs.map(\.uuid)]),
        ]
        // First of all locks: an older session that is still at the same file is waited for here.
        if !files.isEmpty { calls.insert((FileStatements.lock, [files]), at: 0) }
        var results = try transaction.queryAll(calls)
        let offsets = files.isEmpty ? [] : try results.removeFirst().decode(UUID.self, Int64.self)
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
        return Known(
            answered: Dictionary(answered.map { ($0.key, $0) }) { first, _ in first }, products: products,
            offsets: Dictionary(offsets) { first, _ in first })
    }
}

/// A batch while it is being decided: a value, so that a file which takes all orders or none can be tried and put back.
private struct Draft {
    var ledger: StockLedger
    var answered: [IdempotencyKey: FirstAnswer]
    var accepted = AcceptedRows()
    let now: Date

    /// Decides a group; the rows of large ones are on their way to the server when this returns.
    mutating func decide(_ group: OrderGroup, in transaction: Transaction) throws -> [OrderOutcome] {
        guard let progress = group.progress, progress.takesAllOrNone else {
            return try group.submissions.map { submission in
                let outcome = decide(submission)
                try accepted.sendAhead(in: transaction)
                return outcome
            }
        }
        var trial = self
        let outcomes = group.submissions.map { trial.decide($0) }
        let isWhole = progress.refused.isEmpty && outcomes.allSatisfy { if case .accepted = $0 { true } else { false } }
        if isWhole {
            self = trial
            try accepted.sendAhead(in: transaction)
            return outcomes
        }
        return outcomes.map { if case .accepted = $0 { .refused(.withheld) } else { $0 } }
    }

    private mutating func decide(_ submission: OrderSubmission) -> OrderOutcome {
        if let idempotency = submission.idempotency, let first = answered[idempotency.key] {
            return first.outcome(for: idempotency)
        }
        switch ledger.decide(submission.request) {
        case .refused(let refusal):
            return .refused(refusal)
        case .accepted(let priced):
            let order = accepted.append(Order(submission.request, priced: priced, at: now), from: submission)
            if let idempotency = submission.idempotency {
                // One file may name one order twice.
                answered[idempotency.key] = FirstAnswer(idempotency, order)
            }
            return .accepted(order)
        }
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

    init(_ idempotency: OrderSubmission.Idempotency, _ order: AcceptedOrder) {
        key = idempotency.key
        fingerprint = idempotency.fingerprint
        orderID = order.id
        answer = order.answer
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
    init(_ request: OrderRequest, priced: StockLedger.Priced, at now: Date) {
        let id = OrderID(UUIDv7.shared.next(at: now))
        self.init(
            id: id, customerID: request.customerID, items: priced.items, total: priced.total, status: .created,
            createdAt: now, updatedAt: now, details: request.details)
    }
}
