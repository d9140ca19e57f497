public import HTTPTypes
public import Hummingbird

/// What a path answers. It throws ``Problem`` to refuse.
public typealias Handler = @Sendable (Request, HTTPContext) async throws -> Response

/// The paths of a daemon and what each answers.
///
/// Beyond Hummingbird's router, which does the matching: a known path that is asked with a method it doesn't have
/// answers 405 with `Allow`, `OPTIONS` answers with the same list, `HEAD` works wherever `GET` does, an unknown path
/// is a 404, and all of them are problem documents. Each route has its own metrics, labelled with its template.
///
/// ```swift
/// let routes = Routes(metrics: metrics)
/// routes.get("/orders/{id}") { request, context in … }
/// ```
public struct Routes: Sendable {
    private let metrics: PrometheusMetrics
    private var paths: [String] = []
    private var handlers: [String: [HTTPRequest.Method: Handler]] = [:]

    public init(metrics: PrometheusMetrics) {
        self.metrics = metrics
    }

    /// Adds a route. A path and method that are already there are replaced.
    public mutating func on(_ path: String, _ method: HTTPRequest.Method, use handler: @escaping Handler) {
        if handlers[path] == nil { paths.append(path) }
        handlers[path, default: [:]][method] = handler
    }

    public mutating func get(_ path: String, use handler: @escaping Handler) { on(path, .get, use: handler) }
    public mutating func post(_ path: String, use handler: @escaping Handler) { on(path, .post, use: handler) }
    public mutating func put(_ path: String, use handler: @escaping Handler) { on(path, .put, use: handler) }
    public mutating func patch(_ path: String, use handler: @escaping Handler) { on(path, .patch, use: handler) }
    public mutating func delete(_ path: String, use handler: @escaping Handler) { on(path, .delete, use: handler) }

    /// Every path with its methods, in the order of registration: what the OpenAPI test compares.
    public var list: [(path: String, methods: [String])] {
        paths.map { path in (path, (handlers[path] ?? [:]).keys.map(\.rawValue).sorted()) }
    }

    /// The responder that an ``HTTPServer`` serves.
    public func responder() -> RouterResponder<HTTPContext> {
        let router = Router(context: HTTPContext.self)
        for path in paths {
            let handlers = allHandlers(of: path)
            for (method, handler) in handlers {
                router.on(RouterPath(path), method: method, responder: endpoint(method, path, handler))
            }
        }
        // Added last, this touches no route: only the responder for what matches none.
        router.add(middleware: UnknownPath(endpoint: endpoint(.get, "unknown", Self.refuseUnknownPath)))
        return router.buildResponder()
    }

    private func endpoint(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) -> Endpoint {
        Endpoint(
            route: path, handler: handler,
            metrics: RouteMetrics(method: path == "unknown" ? "any" : method.rawValue, route: path, in: metrics))
    }

    /// A path's own handlers, and those that every path gets from them.
    private func allHandlers(of path: String) -> [HTTPRequest.Method: Handler] {
        var all = handlers[path] ?? [:]
        if all[.head] == nil, let get = all[.get] {
            all[.head] = { request, context in try await get(request, context).createHeadResponse() }
        }
        let allow = (all.keys.map(\.rawValue) + ["OPTIONS"]).sorted().joined(separator: ", ")
        if all[.options] == nil {
            all[.options] = { _, _ in Response(status: .noContent, headers: [.allow: allow]) }
        }
        for method in Self.methods where all[method] == nil {
            all[method] = { request, _ in
                throw Problem(
                    .methodNotAllowed, "\(request.method.rawValue) is not possible here; \(allow) are",
                    headers: [.allow: allow])
            }
        }
        return all
    }

    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .trace, .connect]

    private static let refuseUnknownPath: Handler = { request, _ in
        guard methods.contains(request.method) || request.method == .options else {
            throw Problem(.methodNotImplemented, "\(request.method.rawValue) is not a method that this server knows")
        }
        throw Problem.notFound("there is nothing at \(request.uri.path)")
    }
}

/// Answers what matches no route.
private struct UnknownPath: RouterMiddleware {
    let endpoint: Endpoint

    func handle(
        _ request: Request, context: HTTPContext, next: (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        try await endpoint.respond(to: request, context: context)
    }
}
