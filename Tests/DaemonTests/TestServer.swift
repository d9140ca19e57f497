import Daemon
import Logging
import TestSupport

/// Runs a server with these routes on a free port for as long as `body` takes.
func withServer(
    configuration: HTTPConfiguration = HTTPConfiguration(threads: 1), logger: Logger = quietLogger,
    metrics: PrometheusMetrics = PrometheusMetrics(),
    routes add: (inout Routes) -> Void,
    _ body: @Sendable @escaping (_ port: Int) async throws -> Void
) async throws {
    var routes = Routes(metrics: metrics)
    add(&routes)
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let server = HTTPServer(routes: routes, configuration: configuration, logger: logger) { port in
        continuation.yield(port)
        continuation.finish()
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { continuation.finish() }
            do { try await server.run() } catch is CancellationError {}
        }
        guard let port = await ports.first(where: { _ in true }) else {
            try await group.waitForAll()
            throw TestFailure("the server did not start")
        }
        defer { group.cancelAll() }
        try await body(port)
    }
}

let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
