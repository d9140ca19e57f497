import Commerce
import FoundationEssentials
import Postgres

/// The writer's work on a batch without the server's, for who counts what it costs (`make costs`): the orders are decided
/// against products that all are there, and their rows encoded as they would be sent.
package struct BatchRehearsal {
    private let submissions: [OrderSubmission]
    private let products: [OfferedProduct]

    /// - Parameter bodies: Bodies of `POST /orders`.
    /// - Throws: What is wrong with one of them.
    package init(_ bodies: [[UInt8]]) throws {
        submissions = try bodies.map { body in
            OrderSubmission(
                request: try Self.request(body), source: "http", requestID: "1efc5a673093b53c416607bf4a677abd",
                traceparent: "00-1efc5a673093b53c416607bf4a677abd-53c416607bf4a677-00", idempotency: nil)
        }
        let price = Money(minorUnits: 4_995, currency: .usd)
        products = Set(submissions.flatMap { $0.request.items.map(\.productID) }).map {
            OfferedProduct(id: $0, name: "Vertical mouse", price: price, stock: 1_000_000, isArchived: false)
        }
    }

    /// Reads a body.
    ///
    /// - Returns: How many items it has.
    package static func read(_ body: [UInt8]) throws -> Int {
        try request(body).items.count
    }

    private static func request(_ body: [UInt8]) throws -> OrderRequest {
        try OrderRequest(reading: JSON.parse(body), currency: .usd)
    }

    /// Decides and encodes all of them.
    ///
    /// - Returns: How many bytes the parameters have.
    package func run() throws -> Int {
        let now = Date.wholeMilliseconds
        var ledger = StockLedger(products: products, currency: .usd)
        var accepted = AcceptedRows()
        for submission in submissions {
            guard case .accepted(let priced) = ledger.decide(submission.request) else { continue }
            _ = accepted.append(Order(submission.request, priced: priced, at: now), from: submission)
        }
        var bytes: [UInt8] = []
        for call in accepted.calls(stockTaken: ledger.taken, counterShard: 0, at: now) {
            for parameter in call.parameters { try parameter.encode(into: &bytes) }
        }
        return bytes.count
    }
}
