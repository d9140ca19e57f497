/// A JSON value as it stood in the text (RFC 8259): members in their order, numbers as their digits.
///
/// Numbers stay text because money must reach its minor units without passing through a `Double`, and because "1.5" and
/// "1e30" must be refused for what they are and not for what they round to. It holds no position; a ``Fault`` names a
/// place by its path.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The number's characters, already known to follow RFC 8259's grammar.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A name and its value.
    public struct Member: Sendable, Hashable {
        public let name: String
        public let value: JSON

        public init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// The value of an object's member; `nil` where there is none, or where this is no object.
    public subscript(_ name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What a person calls this kind of value.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
