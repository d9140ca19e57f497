public import Commerce
import HTTPTypes
public import Hummingbird
import NIOCore

extension Request {
    /// The most that a body may have, unless a route says otherwise: 1 MiB.
    public static let bodyLimit = 1 << 20

    /// The body as JSON.
    ///
    /// - Parameter limit: The most bytes that are taken.
    /// - Throws: ``Problem`` `unsupported-media-type`, `payload-too-large`, `malformed-json`, or `validation-failed`
    ///   for a text that is JSON but has repeated names, NUL characters or unpaired surrogates.
    public func json(limit: Int = Request.bodyLimit) async throws -> JSON {
        let bytes = try await bytes(ofMediaTypes: .json, limit: limit)
        let document = try JSON.Document(body: bytes)
        guard document.faults.isEmpty else { throw Problem.validationFailed(document.faults) }
        return document.value
    }

    /// The body's bytes, if it is of one of these media types.
    public func bytes(ofMediaTypes accepted: AcceptedMediaTypes, limit: Int = Request.bodyLimit) async throws -> [UInt8]
    {
        try accepted.check(headers)
        return try await bytes(limit: limit)
    }

    /// The body's bytes.
    ///
    /// A body that is too large is read on for a while and thrown away, so that a client which first sends and then
    /// listens gets to see the refusal. One that is announced as very large is refused without reading it.
    public func bytes(limit: Int = Request.bodyLimit) async throws -> [UInt8] {
        let announced = headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > limit + Self.discardLimit { throw Problem.tooLarge(limit: limit, isRead: false) }
        var bytes: [UInt8] = []
        var discarded = 0
        let deadline = ContinuousClock.now + Self.readTimeout
        for try await chunk in body {
            guard .now < deadline else { throw Problem.tooSlow }
            if discarded == 0, bytes.count + chunk.readableBytes <= limit {
                if bytes.isEmpty, let announced { bytes.reserveCapacity(min(announced, limit)) }
                chunk.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
            } else {
                discarded += chunk.readableBytes
                guard discarded <= Self.discardLimit else { throw Problem.tooLarge(limit: limit, isRead: false) }
            }
        }
        guard discarded == 0 else { throw Problem.tooLarge(limit: limit, isRead: true) }
        return bytes
    }

    /// How long a body may take. A client that sends nothing at all is cut off by the connection's idle timeout.
    private static let readTimeout = Duration.seconds(30)

    /// How much of a body that is refused is read and thrown away before the connection is closed instead.
    private static let discardLimit = 4 << 20
}

extension JSON.Document {
    /// Reads a body.
    ///
    /// - Throws: ``Problem`` `malformed-json`.
    public init(body: [UInt8]) throws(Problem) {
        guard !body.isEmpty else { throw Problem(.malformedJSON, "the body is empty; a JSON text is needed") }
        do {
            self = try JSON.parse(body)
        } catch {
            throw Problem(.malformedJSON, error.description)
        }
    }
}

extension Problem {
    fileprivate static let tooSlow = Problem(
        .requestTimeout, "the body took too long to arrive", headers: [.connection: "close"])

    /// - Parameter isRead: Whether all of the body has come in; if not, the connection cannot be used again.
    fileprivate static func tooLarge(limit: Int, isRead: Bool) -> Problem {
        Problem(
            .payloadTooLarge, "the body is larger than \(limit) bytes", headers: isRead ? [:] : [.connection: "close"])
    }
}
