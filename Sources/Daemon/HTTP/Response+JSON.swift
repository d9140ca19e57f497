public import HTTPTypes
public import Hummingbird
import NIOCore

extension Response {
    /// An answer of JSON that is already written, such as a ``JSONWriter``'s bytes.
    public static func json(
        _ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        .bytes(bytes, contentType: "application/json", status: status, headers: headers)
    }

    public static func bytes(
        _ bytes: [UInt8], contentType: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = contentType
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// An answer without a body.
    public static func noContent(headers: HTTPFields = [:]) -> Response {
        Response(status: .noContent, headers: headers)
    }

    /// Names the address of the next page (RFC 8288, `rel="next"`).
    ///
    /// - Parameter target: A path with its query, all of it already percent-encoded.
    public mutating func link(next target: String) {
        headers[.link] = "<\(target)>; rel=\"next\""
    }
}
