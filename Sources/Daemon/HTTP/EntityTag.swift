public import HTTPTypes

/// A strong validator of a resource's state (RFC 9110 §8.8.3), and the conditions that a client puts on it.
public struct EntityTag: Sendable, Hashable, CustomStringConvertible {
    /// What stands between the quotes.
    public let value: String

    /// - Parameter value: Visible ASCII without a double quote, such as a version number.
    public init(_ value: String) {
        self.value = value
    }

    public init(version: some BinaryInteger) {
        value = String(version)
    }

    /// The tag as the `ETag` header has it.
    public var description: String { "\"\(value)\"" }

    /// Refuses a request that was made for another state than this one (`If-Match`, RFC 9110 §13.1.1).
    ///
    /// - Throws: ``Problem`` `precondition-failed` with the present tag.
    public func require(_ ifMatch: EntityTagCondition?) throws(Problem) {
        guard let ifMatch, !ifMatch.matches(self) else { return }
        throw Problem(
            .preconditionFailed, "the resource has changed since it was read; its tag is now \(self)",
            headers: [.eTag: description])
    }
}

/// The tags that a client names in `If-Match` or `If-None-Match`.
public enum EntityTagCondition: Sendable, Hashable {
    /// `*`: any state, as long as there is one.
    case any
    /// These states. Weak tags never match in a strong comparison, and are left out.
    case oneOf([EntityTag])

    public func matches(_ tag: EntityTag) -> Bool {
        switch self {
        case .any: true
        case .oneOf(let tags): tags.contains(tag)
        }
    }

    /// - Returns: `nil` if the header isn't there: no condition.
    /// - Throws: ``Problem`` `bad-request` if it is no list of tags.
    public init?(ifMatch headers: HTTPFields) throws(Problem) {
        guard let value = headers[.ifMatch] else { return nil }
        try self.init(parsing: value, header: "If-Match")
    }

    /// - Returns: `nil` if the header isn't there: no condition.
    /// - Throws: ``Problem`` `bad-request` if it is no list of tags.
    public init?(ifNoneMatch headers: HTTPFields) throws(Problem) {
        guard let value = headers[.ifNoneMatch] else { return nil }
        try self.init(parsing: value, header: "If-None-Match")
    }

    private init(parsing text: String, header: String) throws(Problem) {
        var rest = text[...]
        var tags: [EntityTag] = []
        Self.skipSeparators(&rest)
        if rest == "*" {
            self = .any
            return
        }
        while !rest.isEmpty {
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else {
                throw Problem(.badRequest, "\(header) must be * or a list of quoted tags, such as \"3\"")
            }
            let value = rest[rest.index(after: rest.startIndex)..<end]
            // The comparison for If-None-Match is weak (RFC 9110 §13.1.2), for If-Match it is strong.
            if !isWeak || header == "If-None-Match" { tags.append(EntityTag(String(value))) }
            rest = rest[rest.index(after: end)...]
            Self.skipSeparators(&rest)
        }
        self = .oneOf(tags)
    }

    private static func skipSeparators(_ text: inout Substring) {
        text = text.drop { $0 == " " || $0 == "," || $0 == "\t" }
    }
}
