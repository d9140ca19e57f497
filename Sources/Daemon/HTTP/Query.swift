public import Commerce
public import Hummingbird

/// A request's query parameters, read one by one; all faults are reported together.
///
/// What nobody asks for is left alone. A parameter given twice counts as its first value.
///
/// ```swift
/// var query = Query(request)
/// let limit = query.integer("limit", in: 1...100, default: 20)
/// let cursor = query.text("cursor")
/// try query.finish()
/// ```
public struct Query {
    private var parameters: [(name: String, value: String?)] = []
    public private(set) var faults: [Fault] = []

    public init(_ request: Request) {
        guard let query = request.uri.query else { return }
        for pair in query.split(separator: "&") {
            let (name, value) =
                pair.firstIndex(of: "=").map { (pair[..<$0], pair[pair.index(after: $0)...]) } ?? (pair, "")
            guard let name = decoded(name) else { continue }
            parameters.append((name, decoded(value)))
        }
    }

    /// A parameter's text; `nil` where it is absent or empty.
    public mutating func text(_ name: String, maximumLength: Int = 255) -> String? {
        guard let parameter = parameters.first(where: { $0.name == name }) else { return nil }
        guard let value = parameter.value, !value.utf8.contains(0) else {
            return fault(name, "is not percent-encoded UTF-8 text")
        }
        guard value.utf8.count <= maximumLength || value.count <= maximumLength else {
            return fault(name, "must be at most \(maximumLength) characters long")
        }
        return value.isEmpty ? nil : value
    }

    public mutating func integer(_ name: String, in range: ClosedRange<Int>, default: Int) -> Int {
        integer(name, in: range) ?? `default`
    }

    public mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            return fault(name, "must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// `true`, `1` or `false`, `0`.
    public mutating func bool(_ name: String, default: Bool = false) -> Bool {
        switch text(name) {
        case nil: `default`
        case "true", "1": true
        case "false", "0": false
        default: fault(name, "must be true or false") ?? `default`
        }
    }

    /// A parameter that `read` understands, or that has a fault.
    public mutating func value<Value>(_ name: String, _ requirement: String, _ read: (String) -> Value?) -> Value? {
        guard let text = text(name) else { return nil }
        return read(text) ?? fault(name, requirement)
    }

    /// Notes a fault of a parameter.
    @discardableResult
    public mutating func fault<Value>(_ name: String, _ requirement: String) -> Value? {
        faults.append(Fault(at: FieldPath.root.member(name), requirement))
        return nil
    }

    /// - Throws: ``Problem`` `validation-failed` with every fault that was found.
    public func finish() throws(Problem) {
        guard faults.isEmpty else { throw .validationFailed(faults) }
    }
}

/// Percent-decoded text (RFC 3986 §2.1), with `+` for a space as forms send it; `nil` if it is no valid UTF-8.
private func decoded(_ text: Substring) -> String? {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
        case UInt8(ascii: "%"):
            guard let high = rest.popFirst().flatMap(hexadecimalDigit),
                let low = rest.popFirst().flatMap(hexadecimalDigit)
            else { return nil }
            bytes.append(high << 4 | low)
        default: bytes.append(byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}

private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
}
