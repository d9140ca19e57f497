public import Commerce
public import HTTPTypes
public import Hummingbird

/// An answer that says what went wrong, for two kinds of client: a problem document (RFC 9457) that also has the
/// members which the NestJS services answered with (`statusCode`, `message`).
///
/// Handlers throw it; every error that leaves the server ends as one.
///
/// ```json
/// {"type":"urn:tradepost:problem:validation-failed","title":"The request has faults","status":400,
///  "detail":"items[0].quantity must be a positive integer","instance":"/orders","requestId":"…",
///  "statusCode":400,"message":"items[0].quantity must be a positive integer",
///  "errors":["items[0].quantity must be a positive integer"],"pointers":["/items/0/quantity"]}
/// ```
public struct Problem: Error, Sendable {
    public var type: ProblemType
    /// What is wrong with this very request, and what to do.
    public var detail: String
    /// Each fault of the request with the place it is at.
    public var faults: [Fault]
    /// When to try again; sent as `Retry-After` in whole seconds.
    public var retryAfter: Duration?
    /// Header fields that go with the answer, such as `Allow`.
    public var headers: HTTPFields

    /// - Parameter detail: `nil` for what the faults say, or, without any, the type's title.
    public init(
        _ type: ProblemType, _ detail: String? = nil, faults: [Fault] = [], retryAfter: Duration? = nil,
        headers: HTTPFields = [:]
    ) {
        self.type = type
        self.detail =
            detail ?? (faults.isEmpty ? type.title : faults.map(\.message).joined(separator: "; "))
        self.faults = faults
        self.retryAfter = retryAfter ?? (type.status == 503 || type.status == 429 ? .seconds(1) : nil)
        self.headers = headers
    }

    /// A request with faults, all of them named at once.
    public static func validationFailed(_ faults: [Fault]) -> Problem {
        Problem(.validationFailed, faults: faults)
    }

    public static func notFound(_ detail: String) -> Problem {
        Problem(.notFound, detail)
    }

    /// - Parameter retryAfter: When to try again.
    public static func unavailable(_ detail: String, retryAfter: Duration = .seconds(2)) -> Problem {
        Problem(.unavailable, detail, retryAfter: retryAfter)
    }
}

extension Problem: HTTPResponseError {
    public var status: HTTPResponse.Status {
        HTTPResponse.Status(code: type.status)
    }

    public func response(from request: Request, context: some RequestContext) -> Response {
        response(instance: request.uri.path, requestID: (context as? HTTPContext)?.requestID)
    }

    func response(instance: String?, requestID: String?) -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        if let retryAfter { headers[.retryAfter] = String(max(1, retryAfter.components.seconds)) }
        let document = document(instance: instance, requestID: requestID)
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: document)))
    }

    /// The problem as JSON text.
    public func document(instance: String? = nil, requestID: String? = nil) -> [UInt8] {
        JSONWriter.object { json in
            json.name("type")
            json.string(type.uri)
            json.name("title")
            json.string(type.title)
            json.name("status")
            json.integer(type.status)
            json.name("detail")
            json.string(detail)
            if let instance {
                json.name("instance")
                json.string(instance)
            }
            if let requestID {
                json.name("requestId")
                json.string(requestID)
            }
            json.name("statusCode")
            json.integer(type.status)
            json.name("message")
            json.string(detail)
            json.name("errors")
            json.array { json in
                if faults.isEmpty { json.string(detail) }
                for fault in faults { json.string(fault.message) }
            }
            json.name("pointers")
            json.array { json in
                for fault in faults { json.string(fault.pointer) }
            }
        }
    }
}
