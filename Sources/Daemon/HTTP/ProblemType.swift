/// A kind of refusal that a client can tell from others: the `type` of a problem document (RFC 9457 §3.1.1).
///
/// The URI is a name, not an address: `urn:tradepost:problem:` and the slug. A service declares types of its own
/// beside these; all are listed in the documentation.
public struct ProblemType: Sendable, Hashable {
    /// The last part of the URI: `validation-failed`.
    public let slug: String
    /// The HTTP status of every problem of this type.
    public let status: Int
    /// What happened, in words that are the same for every problem of this type.
    public let title: String

    public init(_ slug: String, status: Int, title: String) {
        self.slug = slug
        self.status = status
        self.title = title
    }

    public var uri: String { "urn:tradepost:problem:" + slug }
}

extension ProblemType {
    // The request cannot be understood.
    public static let badRequest = ProblemType("bad-request", status: 400, title: "Bad request")
    public static let malformedJSON = ProblemType("malformed-json", status: 400, title: "The body is not valid JSON")
    public static let validationFailed = ProblemType(
        "validation-failed", status: 400, title: "The request has faults")
    public static let notFound = ProblemType("not-found", status: 404, title: "Not found")
    public static let methodNotAllowed = ProblemType("method-not-allowed", status: 405, title: "Method not allowed")
    public static let payloadTooLarge = ProblemType("payload-too-large", status: 413, title: "The body is too large")
    public static let unsupportedMediaType = ProblemType(
        "unsupported-media-type", status: 415, title: "Unsupported media type")
    public static let headersTooLarge = ProblemType(
        "headers-too-large", status: 431, title: "The request's header fields are too large")
    public static let requestTimeout = ProblemType(
        "request-timeout", status: 408, title: "The request did not arrive in time")
    public static let methodNotImplemented = ProblemType(
        "method-not-implemented", status: 501, title: "Unknown method")

    // It can, and is refused.
    public static let preconditionFailed = ProblemType(
        "precondition-failed", status: 412, title: "The resource has changed")
    public static let priceChanged = ProblemType("price-changed", status: 409, title: "A price has changed")
    public static let insufficientStock = ProblemType("insufficient-stock", status: 409, title: "Not enough stock")
    public static let unknownProduct = ProblemType("unknown-product", status: 422, title: "Unknown product")
    public static let productArchived = ProblemType(
        "product-archived", status: 409, title: "The product is not sold any more")
    public static let illegalTransition = ProblemType(
        "illegal-transition", status: 409, title: "The order cannot take this step")
    public static let conflict = ProblemType("conflict", status: 409, title: "In conflict with what is stored")
    public static let idempotencyKeyReused = ProblemType(
        "idempotency-key-reused", status: 422, title: "The idempotency key was used with another body")
    public static let idempotencyKeyInUse = ProblemType(
        "idempotency-key-in-use", status: 409, title: "A request with this idempotency key is still running")

    // It might succeed later, or is our fault.
    public static let tooManyRequests = ProblemType("too-many-requests", status: 429, title: "Too many requests")
    public static let overloaded = ProblemType("overloaded", status: 503, title: "Too much to do at the moment")
    public static let unavailable = ProblemType("unavailable", status: 503, title: "Not available at the moment")
    public static let `internal` = ProblemType("internal", status: 500, title: "Internal error")

    /// Every type that the chassis itself knows, for the documentation and its test.
    public static let shared: [ProblemType] = [
        badRequest, malformedJSON, validationFailed, notFound, methodNotAllowed, payloadTooLarge,
        unsupportedMediaType, headersTooLarge, requestTimeout, methodNotImplemented, preconditionFailed,
        priceChanged, insufficientStock, unknownProduct, productArchived, illegalTransition, conflict,
        idempotencyKeyReused, idempotencyKeyInUse, tooManyRequests, overloaded, unavailable, `internal`,
    ]
}
