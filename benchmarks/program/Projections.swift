import ArgumentParser
import Commerce
import CustomerService
import FoundationEssentials
import Logging
import Postgres
import Threads

/// customerd's own transaction, fed by a loop over one libpq connection that does nothing else.
///
/// As in ``Transactions``, all values are made before the clock starts. All orders are new, which is the case that
/// customerd meets unless a message comes twice.
struct Projections: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run customerd's transaction in a bare loop; print events, seconds and events a second.")

    @Option(help: "A libpq connection string.") var database: String
    @Option(help: "How many events.") var count = 200_000
    @Option(help: "How many customers take turns.") var customers = 5_000
    @Option(help: "How many events one transaction takes.") var batch = 500

    func run() throws {
        let connection = try Connection(
            ConnectionOptions(parsing: database), interrupt: Interrupt(), logger: Logger(label: "reference"))
        let sample = SampleOrders(customers: customers)
        let batches = stride(from: 0, to: count, by: batch).map {
            PreparedProjection(sample, $0..<min($0 + batch, count))
        }
        let time = try ContinuousClock().measure {
            for prepared in batches { try connection.transaction { try prepared.run(in: $0) } }
        }
        let seconds = time / .seconds(1)
        print("\(count) \(seconds) \(Int(Double(count) / seconds))")
    }
}

/// One transaction's values, as the statements take them.
private struct PreparedProjection {
    private let ids: [UUID]
    private let orderCustomers: [String]
    private let totals: [Int64]
    private let pieces: [Int64?]
    private let now = Date.wholeMilliseconds
    private let customers: [String]
    private let counts: [Int64]
    private let sums: [Int64]

    init(_ sample: SampleOrders, _ orders: Range<Int>) {
        // The ids rise, so the orders are in the order in which everybody locks them.
        let accepted = orders.map { [now] in sample.accepted($0, at: now) }
        ids = accepted.map(\.id)
        orderCustomers = accepted.map(\.customerID)
        totals = accepted.map { Int64($0.totalMinor) }
        pieces = accepted.map { Int64($0.items.reduce(0) { $0 + $1.quantity }) }
        let byCustomer = Dictionary(grouping: accepted, by: \.customerID).sorted { $0.key < $1.key }
        customers = byCustomer.map(\.key)
        counts = byCustomer.map { Int64($0.value.count) }
        sums = byCustomer.map { Int64($0.value.reduce(0) { $0 + $1.totalMinor }) }
    }

    func run(in transaction: Transaction) throws {
        let unknown = [String?](repeating: nil, count: customers.count)
        try transaction.enqueue(ProjectionStatements.addBuyers, customers, unknown, unknown)
        _ = try transaction.query(
            ProjectionStatements.insertOrders, ids, orderCustomers, totals, pieces, ids.map { _ in now },
            ids.map { _ in true }, ids.map { _ in Date?.none })
        try transaction.enqueue(
            ProjectionStatements.addToStatistics, customers, counts, sums, customers.map { _ in Int64(0) })
    }
}
