import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1

/// One route as the router sees it: the handler, and around it what every request gets.
///
/// A request is given its ids, its handler is run, whatever that throws becomes a problem document, the outcome is
/// counted and timed, and the ids are sent back. One layer does it all, since each layer costs every request.
struct Endpoint: HTTPResponder {
    let route: String
    let handler: Handler
    let metrics: RouteMetrics

    func respond(to request: Request, context: HTTPContext) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.route = route
        context.identify(request)
        var response: Response
        do {
            response = try await handler(request, context)
        } catch let error as HTTPParserError {
            throw error  // what came is no HTTP any more; ConnectionGuard answers
        } catch {
            response = Problem(answering: error, logger: context.logger)
                .response(instance: request.uri.path, requestID: context.requestID)
            if request.method == .head { response = response.createHeadResponse() }
        }
        response.headers[.xRequestID] = context.requestID
        response.headers[.traceparent] = context.trace.traceparent
        let duration = start.duration(to: .now)
        metrics.record(status: response.status.code, duration: duration)
        logAccess(of: request, response: response, duration: duration, context: context)
        return response
    }

    private func logAccess(of request: Request, response: Response, duration: Duration, context: HTTPContext) {
        guard context.logsDebug else { return }
        context.logger.debug(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)", "route": "\(route)",
                "status": "\(response.status.code)", "duration_ms": "\(duration.inSeconds * 1_000)",
            ])
    }
}
