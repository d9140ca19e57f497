import Commerce
import Crypto

/// An order request on its way to the writer, with all that is kept about where it came from.
struct OrderSubmission: Sendable {
    let request: OrderRequest
    /// Which way it came in: `http`, later `spool:<partner>` or `import`.
    let source: String
    let requestID: String?
    /// W3C Trace Context of the request that brought it.
    let traceparent: String?
    let idempotency: Idempotency?
    /// Whether its sender gets the order's JSON as the answer.
    var isAnswered = true

    /// What makes a retried request recognisable.
    struct Idempotency: Sendable {
        let key: IdempotencyKey
        /// SHA-256 of the request's body.
        let fingerprint: [UInt8]

        init(key: IdempotencyKey, body: [UInt8]) {
            self.key = key
            fingerprint = Array(SHA256.hash(data: body))
        }

        init(key: IdempotencyKey, fingerprint: [UInt8]) {
            self.key = key
            self.fingerprint = fingerprint
        }
    }
}

/// A client's name for a request, unique within a scope.
struct IdempotencyKey: Sendable, Hashable {
    let scope: String
    let key: String
}
