import ArgumentParser
import Commerce
import FoundationEssentials
import Logging
import Postgres
import ProductService
import Threads

/// The order writer's own transaction, fed by a loop over one libpq connection that does nothing else.
///
/// All values of all orders are made before the clock starts; within its time they are put into libpq's buffers, sent
/// and answered. The rows are those that the spool would write, and go into the same indexes. It is what the database
/// alone allows, with this design's statements and batches of the same size.
struct Transactions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the order transaction in a bare loop; print orders, seconds and orders a second.")

    @Option(help: "A libpq connection string.") var database: String
    @Option(help: "How many orders.") var orders = 100_000
    @Option(help: "How many orders one transaction takes.") var batch = 1_000
    @Flag(name: .customLong("external-ids"), help: "Look up and keep an idempotency key with each order.")
    var externalIDs = false

    func run() throws {
        let connection = try Connection(
            ConnectionOptions(parsing: database), interrupt: Interrupt(), logger: Logger(label: "reference"))
        let sample = SampleOrders(hasExternalIDs: externalIDs)
        // All of them, about 1.5 KB an order: a pause to make more would let the server catch up outside of the clock.
        let batches = stride(from: 0, to: orders, by: batch).map {
            PreparedBatch(sample, $0..<min($0 + batch, orders))
        }
        let time = try ContinuousClock().measure {
            for prepared in batches { try connection.transaction { try prepared.run(in: $0) } }
        }
        let seconds = time / .seconds(1)
        print("\(orders) \(seconds) \(Int(Double(orders) / seconds))")
    }
}

/// One transaction's values, as the statements take them.
private struct PreparedBatch {
    private var ids: [UUID] = []
    private var customerIDs: [UUID] = []
    private var totals: [Int64] = []
    private var items: [JSONB] = []
    private var eventIDs: [UUID] = []
    private var events: [String] = []
    private var taken: [UUID: Int32] = [:]
    private var details: [JSONB] = []
    private var requestIDs: [String?] = []
    private var keys: [String] = []
    private let now = Date.wholeMilliseconds

    /// What the spool calls a partner's orders. Keys of this scope are in the same indexes as the spool's.
    private static let source = "spool:bench"
    /// Where a request id begins with the file's id.
    private static let file = UUIDv7.shared.next()

    init(_ sample: SampleOrders, _ orders: Range<Int>) {
        for order in orders { append(order, of: sample) }
    }

    private mutating func append(_ order: Int, of sample: SampleOrders) {
        let accepted = sample.accepted(order, at: now)
        for item in accepted.items {
            guard let product = UUID(uuidString: SampleOrders.productID(item.product)) else { continue }
            taken[product, default: 0] += Int32(item.quantity)
        }
        ids.append(accepted.id)
        customerIDs.append(UUID(uuidString: accepted.customerID) ?? accepted.id)
        totals.append(Int64(accepted.totalMinor))
        items.append(JSONB(Array(accepted.itemsJSON.utf8)))
        eventIDs.append(UUIDv7.shared.next(at: now))
        events.append(accepted.event)
        let key = sample.externalID(of: order)
        if let key { keys.append(key) }
        details.append(JSONB(Array((key.map { #"{"externalId":"\#($0)"}"# } ?? "{}").utf8)))
        requestIDs.append("\(Self.file)/\(order + 1)")
    }

    func run(in transaction: Transaction) throws {
        let scopes = keys.map { _ in Self.source }
        _ = try transaction.queryAll([
            (OrderStatements.transactionID, []),
            (OrderStatements.firstAnswers, [scopes, keys]),
            (OrderStatements.lockProducts, [Array(taken.keys)]),
        ])
        let times = ids.map { _ in now }
        let none = [String?](repeating: nil, count: ids.count)
        try transaction.enqueue(
            OrderStatements.insertOrders, ids, customerIDs, totals, ids.map { _ in "USD" }, times, items,
            details, ids.map { _ in Self.source }, requestIDs, none)
        try transaction.enqueue(
            OrderStatements.insertEvents, eventIDs, ids, "order_created", events, requestIDs, none, times)
        try transaction.enqueue(OrderStatements.takeStock, Array(taken.keys), Array(taken.values), now)
        if !keys.isEmpty {
            try transaction.enqueue(
                OrderStatements.insertKeys, scopes, keys, keys.map { _ in [UInt8](repeating: 7, count: 32) }, ids,
                keys.map { _ in "" }, times)
        }
        try transaction.enqueue(OrderStatements.count, Int16(0), Int64(ids.count))
    }
}
