import Commerce
import FoundationEssentials
import Postgres

/// The rows of a batch's accepted orders, column by column, as `unnest` takes them.
struct AcceptedRows {
    private var ids: [UUID] = []
    private var customerIDs: [UUID] = []
    private var totals: [Int64] = []
    private var currencies: [String] = []
    private var times: [Date] = []
    private var items: [JSONB] = []
    private var details: [JSONB] = []
    private var sources: [String] = []
    private var requestIDs: [String?] = []
    private var traceparents: [String?] = []
    private var eventIDs: [UUID] = []
    private var events: [String] = []
    private var keys: [Key] = []

    /// One of the orders.
    var anyOrder: OrderID? { ids.first.map { OrderID($0) } }

    private struct Key {
        let idempotency: OrderSubmission.Idempotency
        let orderID: UUID
        let answer: String
        let time: Date
    }

    /// Adds an order, its event and its idempotency key.
    mutating func append(_ order: Order, from submission: OrderSubmission) -> AcceptedOrder {
        var answer = JSONWriter()
        if submission.isAnswered { answer.order(order) }
        ids.append(order.id.uuid)
        customerIDs.append(order.customerID.uuid)
        totals.append(order.total.minorUnits)
        currencies.append(order.total.currency.code)
        times.append(order.createdAt)
        let itemsJSON: [UInt8] = .items(order.items)
        items.append(JSONB(itemsJSON))
        details.append(JSONB(.details(order.details)))
        sources.append(submission.source)
        requestIDs.append(submission.requestID)
        traceparents.append(submission.traceparent)
        eventIDs.append(UUIDv7.shared.next(at: order.createdAt))
        events.append(String(decoding: OrderEvent(.created, order).encoded(items: itemsJSON), as: UTF8.self))
        if let idempotency = submission.idempotency {
            let text = String(decoding: answer.bytes, as: UTF8.self)
            keys.append(Key(idempotency: idempotency, orderID: order.id.uuid, answer: text, time: order.createdAt))
        }
        return AcceptedOrder(id: order.id, answer: answer.bytes, isReplay: false)
    }

    /// Hands the rows to the transaction; they travel together with its COMMIT.
    ///
    /// - Parameter stockTaken: How many pieces go from each product whose stock is tracked.
    func enqueue(in transaction: Transaction, stockTaken: [ProductID: Int], counterShard: Int16) throws {
        guard !ids.isEmpty else { return }
        try transaction.enqueue(
            OrderStatements.insertOrders, ids, customerIDs, totals, currencies, times, items, details, sources,
            requestIDs, traceparents)
        try transaction.enqueue(
            OrderStatements.insertEvents, eventIDs, ids, OrderEvent.Kind.created.rawValue, events, requestIDs,
            traceparents, times)
        if !stockTaken.isEmpty {
            let taken = Array(stockTaken)
            try transaction.enqueue(
                OrderStatements.takeStock, taken.map(\.key.uuid), taken.map { Int32($0.value) }, times[0])
        }
        if !keys.isEmpty {
            // Sorted, so that two batches with the same keys wait for each other in one direction only.
            let keys = keys.sorted {
                ($0.idempotency.key.scope, $0.idempotency.key.key)
                    < ($1.idempotency.key.scope, $1.idempotency.key.key)
            }
            try transaction.enqueue(
                OrderStatements.insertKeys, keys.map(\.idempotency.key.scope), keys.map(\.idempotency.key.key),
                keys.map(\.idempotency.fingerprint), keys.map(\.orderID), keys.map(\.answer), keys.map(\.time))
        }
        try transaction.enqueue(OrderStatements.count, counterShard, Int64(ids.count))
    }
}

extension [UInt8] {
    static func items(_ items: [LineItem]) -> [UInt8] {
        var writer = JSONWriter()
        writer.items(items)
        return writer.bytes
    }

    static func details(_ details: OrderDetails) -> [UInt8] {
        JSONWriter.object { $0.details(details) }
    }
}
