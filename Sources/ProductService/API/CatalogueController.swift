import Commerce
import Daemon
import HTTPTypes
import Hummingbird

/// What `/products` answers.
struct CatalogueController: Sendable {
    let store: ProductStore
    let currency: Currency

    func addRoutes(to routes: inout Routes) {
        routes.get("/products", use: list)
        routes.post("/products", use: create)
        routes.get("/products/{id}", use: read)
        routes.patch("/products/{id}", use: change)
        routes.delete("/products/{id}", use: archive)
    }

    private func list(_ request: Request, _ context: HTTPContext) async throws -> Response {
        var query = Query(request)
        let limit = query.integer("limit", in: 1...500, default: 100)
        let category = query.text("category", maximumLength: 100)
        let words = query.text("q", maximumLength: 100)
        let cursor = query.value("cursor", "must be a cursor that a page before gave") { ProductID($0) }
        try query.finish()
        let slice = try await store.products(category: category, words: words, limit: limit, after: cursor)
        var writer = JSONWriter()
        writer.array { for product in slice.elements { $0.product(product) } }
        var response = Response.json(writer.bytes)
        if slice.hasMore, let last = slice.elements.last {
            response.link(
                next: request.uri.path
                    + queryText([("limit", "\(limit)"), ("category", category), ("q", words), ("cursor", "\(last.id)")])
            )
        }
        return response
    }

    private func create(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let document = try JSON.Document(body: try await request.bytes(ofMediaTypes: .json))
        switch try await store.create(try NewProduct(reading: document, currency: currency)) {
        case .created(let product):
            return response(product, status: .created, headers: [.location: "/products/\(product.id)"])
        case .taken(let member):
            throw Problem(.conflict, faults: [Fault(at: .root.member(member), "belongs to another product")])
        }
    }

    private func read(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id: ProductID = try context.identifier("id")
        guard let product = try await store.product(id) else { throw Problem.notFound("there is no product \(id)") }
        return response(product)
    }

    private func change(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id: ProductID = try context.identifier("id")
        let precondition = try EntityTagCondition(ifMatch: request.headers)
        let document = try JSON.Document(body: try await request.bytes(ofMediaTypes: .json))
        let patch = try ProductPatch(reading: document, currency: currency)
        switch try await store.change(id, by: patch, if: precondition) {
        case .changed(let product): return response(product)
        case let refused: throw Problem(refused, of: id)
        }
    }

    private func archive(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id: ProductID = try context.identifier("id")
        switch try await store.archive(id, if: try EntityTagCondition(ifMatch: request.headers)) {
        case .changed, .archived: return .noContent()
        case let refused: throw Problem(refused, of: id)
        }
    }

    private func response(
        _ product: Product, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var writer = JSONWriter()
        writer.product(product)
        var headers = headers
        headers[.eTag] = EntityTag(version: product.version).description
        return .json(writer.bytes, status: status, headers: headers)
    }
}

extension Problem {
    fileprivate init(_ change: ProductStore.Change, of id: ProductID) {
        switch change {
        case .preconditionFailed:
            self.init(.preconditionFailed, "the product has changed since it was read; read it again")
        case .archived:
            self.init(.productArchived, "product \(id) is archived and stays as it is")
        case .skuTaken:
            self.init(.conflict, faults: [Fault(at: .root.member("sku"), "belongs to another product")])
        case .notFound, .changed:
            self = .notFound("there is no product \(id)")
        }
    }
}
