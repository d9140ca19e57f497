public import HTTPTypes

/// What a route takes as a body.
///
/// Every type is accepted with any parameters but a `charset` other than UTF-8 (RFC 8259 §8.1), and with any
/// structured suffix (`application/merge-patch+json` is JSON: RFC 6839 §3.1).
public struct AcceptedMediaTypes: Sendable {
    private let names: [String]
    private let suffix: String?

    /// `application/json` and everything that ends in `+json`.
    public static let json = AcceptedMediaTypes(names: ["application/json"], suffix: "+json")
    /// One JSON text a line.
    public static let ndjson = AcceptedMediaTypes(
        names: ["application/x-ndjson", "application/ndjson", "application/jsonl"], suffix: nil)

    /// - Throws: ``Problem`` `unsupported-media-type` that says which header would be right (RFC 9110 §15.5.16).
    public func check(_ headers: HTTPFields) throws(Problem) {
        if let coding = headers[.contentEncoding], !coding.isEmpty, coding.lowercased() != "identity" {
            throw Problem(
                .unsupportedMediaType, "the content coding \(coding.prefix(80)) is not taken; send the body as it is",
                headers: [.acceptEncoding: "identity"])
        }
        try check(contentType: headers[.contentType])
    }

    private func check(contentType: String?) throws(Problem) {
        guard let contentType, !contentType.isEmpty else { throw refusal("the body has no Content-Type") }
        if contentType == names[0] { return }
        let parts = contentType.lowercased().split(separator: ";").map(trimmed)
        guard let name = parts.first, names.contains(name) || (suffix.map(name.hasSuffix) ?? false) else {
            throw refusal("\(contentType.prefix(80)) is not taken here")
        }
        for part in parts.dropFirst() where part.hasPrefix("charset=") {
            let charset = part.dropFirst("charset=".count)
            guard ["utf-8", "utf8", "\"utf-8\"", "us-ascii"].contains(String(charset)) else {
                throw refusal("the charset \(charset.prefix(40)) is not taken, only UTF-8")
            }
        }
    }

    private func refusal(_ reason: String) -> Problem {
        Problem(
            .unsupportedMediaType, "\(reason); send the header 'Content-Type: \(names[0])'",
            headers: [.accept: names[0]])
    }

    private func trimmed(_ part: Substring) -> String {
        String(part.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
