import Commerce
import Daemon
import HTTPTypes
import Hummingbird

/// What `/customers` answers.
struct CustomerController: Sendable {
    let profiles: ProfileStore
    let summaries: SummaryStore

    func addRoutes(to routes: inout Routes) {
        routes.get("/customers", use: list)
        routes.post("/customers", use: create)
        routes.get("/customers/{id}", use: read)
        routes.patch("/customers/{id}", use: change)
        routes.delete("/customers/{id}", use: erase)
        routes.get("/customers/{id}/orders", use: orders)
    }

    private func orders(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id = try context.customerKey()
        guard let summary = try await summaries.summary(of: id) else { throw Problem.unknownCustomer(id) }
        var writer = JSONWriter()
        writer.summary(summary)
        return .json(writer.bytes)
    }

    private func read(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id = try context.customerKey()
        guard let profile = try await profiles.profile(id) else { throw Problem.unknownCustomer(id) }
        return response(profile)
    }

    private func change(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id = try context.customerKey()
        let condition = try EntityTagCondition(ifMatch: request.headers)
        let body = try await request.json()
        let change = try await profiles.change(id, by: ProfilePatch(body: body), if: condition)
        return response(try done(change, id))
    }

    private func erase(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id = try context.customerKey()
        let condition = try EntityTagCondition(ifMatch: request.headers)
        try done(await profiles.erase(id, if: condition), id)
        return .noContent()
    }

    private func create(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let body = try await request.json()
        let new = try NewCustomer(body: body)
        let id = new.id ?? CustomerKey(CustomerID(UUIDv7.shared.next()))
        guard let profile = try await profiles.create(id, new.details) else {
            throw Problem(.conflict, "there is, or was, a customer \(id) already")
        }
        return response(profile, status: .created, headers: [.location: "/customers/\(percentEncoded(id.text))"])
    }

    private func list(_ request: Request, _ context: HTTPContext) async throws -> Response {
        var query = Query(request)
        let limit = query.integer("limit", in: 1...200, default: 50)
        let cursor = query.value("cursor", "must be a cursor that a page before gave") { CustomerKey($0) }
        let prefix = query.text("q", maximumLength: 100)
        try query.finish()
        let page = try await profiles.page(after: cursor, limit: limit, prefix: prefix)
        let next = page.hasMore ? page.profiles.last?.id : nil
        var response = Response.json(
            JSONWriter.object { json in
                json.name("data")
                json.array { for profile in page.profiles { $0.profile(profile) } }
                json.name("meta")
                json.object {
                    $0.name("limit")
                    $0.integer(limit)
                    $0.name("nextCursor")
                    if let next { $0.string(next.text) } else { $0.null() }
                }
            })
        if let next {
            response.link(
                next: request.uri.path + queryText([("limit", "\(limit)"), ("q", prefix), ("cursor", next.text)]))
        }
        return response
    }

    private func response(
        _ profile: CustomerProfile, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var writer = JSONWriter()
        writer.profile(profile)
        var headers = headers
        headers[.eTag] = profile.entityTag.description
        return .json(writer.bytes, status: status, headers: headers)
    }

    @discardableResult
    private func done<Value>(_ change: ProfileStore.Change<Value>, _ id: CustomerKey) throws(Problem) -> Value {
        switch change {
        case .done(let value): return value
        case .notFound: throw .unknownCustomer(id)
        case .changedMeanwhile(let tag):
            throw Problem(
                .preconditionFailed, "the profile has changed since it was read; its tag is now \(tag)",
                headers: [.eTag: tag.description])
        }
    }
}

extension Problem {
    fileprivate static func unknownCustomer(_ id: CustomerKey) -> Problem {
        .notFound("there is no customer \(id)")
    }
}
