public import HTTPTypes
public import Hummingbird
public import Logging

/// What a handler knows about the request besides the request: its id, its place in a trace, and a logger that
/// carries both.
///
/// ``Endpoint`` fills in the ids before a handler sees the context. The logger is put together only when somebody
/// asks for it: most requests log nothing.
public struct HTTPContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The client's `X-Request-Id`, or the trace id if it sent none that we take.
    public internal(set) var requestID: String
    /// The client's trace with a span of ours, or a trace of our own.
    public internal(set) var trace: TraceContext
    /// The path's template as it was registered, such as `/orders/{id}`. Never the path itself.
    public internal(set) var route: String
    private let daemonLogger: Logger

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        daemonLogger = source.logger
        requestID = ""
        trace = TraceContext(traceHigh: 0, traceLow: 0, span: 0, flags: 0)
        route = ""
    }

    /// The daemon's logger with `request_id` and `trace_id`.
    public var logger: Logger {
        var logger = daemonLogger
        logger[metadataKey: "hb.request.id"] = nil  // Hummingbird's own id, which ours replaces
        logger[metadataKey: "request_id"] = .string(requestID)
        logger[metadataKey: "trace_id"] = .string(trace.traceID)
        return logger
    }

    public var maxUploadSize: Int { Request.bodyLimit }

    /// Whether a debug line would be written; asked before one is put together.
    var logsDebug: Bool { daemonLogger.logLevel <= .debug }

    /// Takes the ids that the client sent, or makes them.
    mutating func identify(_ request: Request) {
        trace = request.headers[.traceparent].flatMap(TraceContext.child(ofTraceparent:)) ?? .root()
        requestID = request.headers[.xRequestID].flatMap { isAcceptableID($0) ? $0 : nil } ?? trace.traceID
    }
}

/// Whether a client's request id may enter our log and our headers: 1 to 128 visible ASCII characters.
private func isAcceptableID(_ id: String) -> Bool {
    (1...128).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7e).contains($0) }
}

extension HTTPField.Name {
    public static let xRequestID = Self("X-Request-Id")!
    public static let traceparent = Self("traceparent")!
    public static let idempotencyKey = Self("Idempotency-Key")!
    public static let idempotentReplayed = Self("Idempotent-Replayed")!
    public static let link = Self("Link")!
}
