import Commerce
import Daemon
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Postgres

/// What `/orders` answers: taking orders, reading them, and moving them on.
struct OrderController: Sendable {
    let intake: OrderIntake
    let store: OrderStore
    let pool: PostgresPool
    let relayAlarm: RelayAlarm

    func addRoutes(to routes: inout Routes) {
        routes.post("/orders", use: create)
        routes.get("/orders", use: list)
        routes.get("/orders/{id}", use: read)
        routes.patch("/orders/{id}", use: changeStatus)
        routes.get("/orders/customer/{customerId}", use: listOfCustomer)
        // Old deployments route these here.
        routes.post("/products/orders", use: create)
        routes.get("/products/orders/customer/{customerId}", use: listOfCustomer)
    }

    private func create(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let key = try IdempotencyKey(headers: request.headers)
        let body = try await request.bytes(ofMediaTypes: .json)
        let document = try JSON.Document(body: body)
        let submission = try intake.read(
            document, from: OrderIntake.Origin(http: context),
            idempotency: key.map { OrderSubmission.Idempotency(key: $0, body: body) })
        return try await intake.take(submission).response()
    }

    private func read(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id: OrderID = try context.identifier("id")
        guard let stored = try await store.order(id) else { throw Problem.notFound("there is no order \(id)") }
        return response(stored)
    }

    private func changeStatus(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id: OrderID = try context.identifier("id")
        let precondition = try EntityTagCondition(ifMatch: request.headers)
        let document = try JSON.Document(body: try await request.bytes(ofMediaTypes: .json))
        let change = OrderStatusChange(
            id: id, status: try OrderStatus(reading: document), precondition: precondition,
            requestID: context.requestID, traceparent: context.trace.traceparent)
        switch try await change.perform(on: pool, currency: intake.currency) {
        case .changed(let stored):
            relayAlarm.ring()
            return response(stored)
        case .notFound:
            throw Problem.notFound("there is no order \(id)")
        case .preconditionFailed:
            throw Problem(.preconditionFailed, "the order has changed since it was read; read it again")
        case .illegal(let status):
            let possible = status.successors.map(\.rawValue).joined(separator: " or ")
            throw Problem(
                .illegalTransition,
                "an order that is \(status.rawValue) can't become \(change.status.rawValue)"
                    + (possible.isEmpty ? ": it stays as it is" : ", only \(possible)"))
        }
    }

    private func list(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let query = try OrderListQuery(request)
        let slice = try await store.summaries(query.filter, limit: query.limit, from: query.start)
        let total = query.filter.isEmpty || query.counts ? try await store.count(query.filter) : nil
        let next = slice.hasMore ? slice.elements.last?.id : nil
        return .json(
            JSONWriter.object {
                $0.name("data")
                $0.array { for summary in slice.elements { $0.summary(summary) } }
                $0.name("meta")
                $0.object {
                    if let total {
                        $0.name("total")
                        $0.integer(total)
                    }
                    if let page = query.page {
                        $0.name("page")
                        $0.integer(page)
                    }
                    $0.name("limit")
                    $0.integer(query.limit)
                    $0.name("nextCursor")
                    if let next { $0.identifier(next) } else { $0.null() }
                }
            })
    }

    private func listOfCustomer(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let customer: CustomerID = try context.identifier("customerId")
        var query = Query(request)
        let limit = query.integer("limit", in: 1...200, default: 50)
        let cursor = query.value("cursor", "must be a cursor that a page before gave") { OrderID($0) }
        try query.finish()
        let slice = try await store.orders(of: customer, limit: limit, after: cursor)
        var writer = JSONWriter()
        writer.array { for stored in slice.elements { $0.order(stored.order) } }
        var response = Response.json(writer.bytes)
        if slice.hasMore, let last = slice.elements.last {
            response.link(next: "\(request.uri.path)?limit=\(limit)&cursor=\(last.order.id)")
        }
        return response
    }

    private func response(_ stored: StoredOrder) -> Response {
        var writer = JSONWriter()
        writer.order(stored.order)
        return .json(writer.bytes, headers: [.eTag: EntityTag(version: stored.version).description])
    }
}

extension OrderIntake.Origin {
    init(http context: HTTPContext) {
        self.init(source: "http", requestID: context.requestID, traceparent: context.trace.traceparent)
    }
}

extension OrderStatus {
    /// Reads `{"status": …}`.
    fileprivate init(reading document: JSON.Document) throws(Problem) {
        var reader = ObjectReader(document.value)
        let text = reader.required("status") { $0.string($1) }
        let status = text.flatMap(OrderStatus.init(rawValue:))
        if text != nil, status == nil {
            reader.fault("status", "must be one of \(OrderStatus.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        reader.refuseUnknownMembers()
        let faults = document.faults + reader.faults
        guard faults.isEmpty, let status else { throw .validationFailed(faults) }
        self = status
    }
}

extension JSONWriter {
    fileprivate mutating func summary(_ summary: OrderSummary) {
        object {
            $0.name("id")
            $0.identifier(summary.id)
            $0.name("customerId")
            $0.identifier(summary.customerID)
            $0.name("total")
            $0.money(summary.total)
            $0.name("currency")
            $0.string(summary.total.currency.code)
            $0.name("status")
            $0.string(summary.status)
            $0.name("createdAt")
            $0.date(summary.createdAt)
        }
    }
}
