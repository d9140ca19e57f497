import Commerce
import FoundationEssentials
import Postgres

/// A batch's accepted orders, and the rows that they become.
struct AcceptedRows {
    private var orders: [Accepted] = []
    /// So many of them are with the server.
    private var sent = 0

    /// One of the orders.
    var anyOrder: OrderID? { orders.first?.order.id }

    fileprivate struct Accepted {
        let order: Order
        let submission: OrderSubmission
        let answer: [UInt8]
    }

    /// So many orders are encoded before the server gets them.
    private static let sliceSize = 100

    mutating func append(_ order: Order, from submission: OrderSubmission) -> AcceptedOrder {
        var answer: [UInt8] = []
        if submission.isAnswered {
            var writer = JSONWriter()
            writer.order(order)
            answer = writer.bytes
        }
        orders.append(Accepted(order: order, submission: submission, answer: answer))
        return AcceptedOrder(id: order.id, answer: answer, isReplay: false)
    }

    /// Sends what is complete of a large batch: the server inserts it while the rest is decided and encoded.
    mutating func sendAhead(in transaction: Transaction) throws {
        while orders.count - sent > Self.sliceSize {
            try transaction.enqueueAll(OrderColumns(orders[sent..<sent + Self.sliceSize]).calls)
            sent += Self.sliceSize
            try transaction.flush()
        }
    }

    /// The statements that write the rows which are left; they travel together with the transaction's COMMIT.
    ///
    /// - Parameter stockTaken: How many pieces go from each product whose stock is tracked.
    func calls(stockTaken: [ProductID: Int], counterShard: Int16, at now: Date) -> [Transaction.StatementCall] {
        guard !orders.isEmpty else { return [] }
        var calls = OrderColumns(orders[sent...]).calls
        if !stockTaken.isEmpty {
            let taken = Array(stockTaken)
            calls.append((OrderStatements.takeStock, [taken.map(\.key.uuid), taken.map { Int32($0.value) }, now]))
        }
        if let keys = insertKeys { calls.append(keys) }
        calls.append((OrderStatements.count, [counterShard, Int64(orders.count)]))
        return calls
    }

    private var insertKeys: Transaction.StatementCall? {
        // Sorted, so that two batches with the same keys wait for each other in one direction only.
        let keyed = orders.compactMap { accepted in accepted.submission.idempotency.map { ($0, accepted) } }
            .sorted { ($0.0.key.scope, $0.0.key.key) < ($1.0.key.scope, $1.0.key.key) }
        guard !keyed.isEmpty else { return nil }
        return (
            OrderStatements.insertKeys,
            [
                keyed.map(\.0.key.scope), keyed.map(\.0.key.key), keyed.map(\.0.fingerprint),
                keyed.map(\.1.order.id.uuid), keyed.map { String(decoding: $0.1.answer, as: UTF8.self) },
                keyed.map(\.1.order.createdAt),
            ]
        )
    }
}

/// Rows of orders and of their events, column by column, as `unnest` takes them.
private struct OrderColumns {
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

    init(_ orders: ArraySlice<AcceptedRows.Accepted>) {
        reserveCapacity(orders.count)
        for accepted in orders { append(accepted.order, from: accepted.submission) }
    }

    private mutating func reserveCapacity(_ count: Int) {
        ids.reserveCapacity(count)
        customerIDs.reserveCapacity(count)
        totals.reserveCapacity(count)
        currencies.reserveCapacity(count)
        times.reserveCapacity(count)
        items.reserveCapacity(count)
        details.reserveCapacity(count)
        sources.reserveCapacity(count)
        requestIDs.reserveCapacity(count)
        traceparents.reserveCapacity(count)
        eventIDs.reserveCapacity(count)
        events.reserveCapacity(count)
    }

    private mutating func append(_ order: Order, from submission: OrderSubmission) {
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
    }

    var calls: [Transaction.StatementCall] {
        [
            (
                OrderStatements.insertOrders,
                [ids, customerIDs, totals, currencies, times, items, details, sources, requestIDs, traceparents]
            ),
            (
                OrderStatements.insertEvents,
                [eventIDs, ids, OrderEvent.Kind.created.rawValue, events, requestIDs, traceparents, times]
            ),
        ]
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
