import ArgumentParser
import Commerce
import Daemon
import FoundationEssentials
import Hummingbird
import Logging
import ProductService

/// The daemons' own HTTP server with one route that reads an order as `POST /orders` does, writes the answer as that does,
/// and does nothing in between: no catalogue, no queue, no database.
///
/// What productd takes of the processor for an order beyond this is what taking the order costs.
struct Echo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer POST /orders without placing an order, until killed.")

    @Option(help: "The port to listen on, on 127.0.0.1.") var port: Int

    func run() async throws {
        var routes = Routes(metrics: PrometheusMetrics())
        routes.get("/readyz") { _, _ in .json(Array(#"{"status":"ready"}"#.utf8)) }
        routes.post("/orders", use: answer)
        var logger = Logger(label: "echo")
        logger.logLevel = .warning
        try await HTTPServer(routes: routes, configuration: HTTPConfiguration(port: port), logger: logger).run()
    }

    private func answer(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let body = try await request.bytes(ofMediaTypes: .json)
        let asked = try OrderRequest(reading: try JSON.Document(body: body), currency: .usd)
        let order = try Order(asked, at: .wholeMilliseconds)
        var writer = JSONWriter()
        writer.order(order)
        return .json(
            writer.bytes, status: .created,
            headers: [.location: "/orders/\(order.id)", .eTag: EntityTag(version: 1).description])
    }
}

extension Order {
    /// An order without a catalogue: what the products are called and cost is made up.
    fileprivate init(_ request: OrderRequest, at now: Date) throws {
        var total = Money(minorUnits: 0, currency: .usd)
        let items = try request.items.map { item in
            let price = Money(minorUnits: 5_995, currency: .usd)
            guard let sum = price.multiplied(by: item.quantity).flatMap(total.adding) else { throw Problem(.internal) }
            total = sum
            return LineItem(productID: item.productID, name: "Product 5995", quantity: item.quantity, price: price)
        }
        self.init(
            id: OrderID(UUIDv7.shared.next(at: now)), customerID: request.customerID, items: items, total: total,
            status: .created, createdAt: now, updatedAt: now, details: request.details)
    }
}
