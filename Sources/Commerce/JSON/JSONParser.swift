extension JSON {
    /// A text that was read: its value, and what is wrong in it although it is JSON.
    public struct Document: Sendable, Hashable {
        public let value: JSON
        /// Repeated names, NUL characters and unpaired surrogates: legal in RFC 8259's grammar (§4, §8.2), and each the
        /// beginning of two programs reading one text differently.
        public let faults: [Fault]
    }

    /// Reads one JSON text.
    ///
    /// - Parameters:
    ///   - bytes: The text in UTF-8; a leading byte order mark is passed over (RFC 8259 §8.1).
    ///   - maximumDepth: How many arrays and objects may be nested in one another.
    /// - Throws: ``JSONSyntaxError`` naming line and column of the first byte that cannot be read.
    public static func parse(_ bytes: [UInt8], maximumDepth: Int = 32) throws(JSONSyntaxError) -> Document {
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
        return try parser.document()
    }
}

/// Where and why a text is no JSON.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String
    /// Counted from 1.
    public let line: Int
    /// Counted from 1, in bytes.
    public let column: Int

    public var description: String {
        "\(reason) at line \(line), column \(column)"
    }
}

/// A recursive-descent reader over bytes. Its depth, and so its stack, is bounded by `maximumDepth`.
private struct JSONParser {
    private let bytes: [UInt8]
    private let maximumDepth: Int
    private var position = 0
    private var depth = 0
    /// Faults found so far, innermost path first: each enclosing value prepends its own step, so that a text without
    /// faults never builds a path.
    private var faults: [(steps: [FieldPath.Step], message: String)] = []

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSONSyntaxError) -> JSON.Document {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let value = try self.value()
        skipWhitespace()
        guard position == bytes.count else { throw error("unexpected text after the JSON value") }
        return JSON.Document(
            value: value,
            faults: faults.map { Fault(at: FieldPath(steps: $0.steps.reversed()), $0.message) })
    }

    private mutating func value() throws(JSONSyntaxError) -> JSON {
        skipWhitespace()
        guard let byte = peek() else { throw error("the text ends where a value should stand") }
        switch byte {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw error("unexpected character")
        }
    }

    private mutating func object() throws(JSONSyntaxError) -> JSON {
        try enter()
        var members: [JSON.Member] = []
        var names: Set<String> = []
        skipWhitespace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return .object([])
        }
        repeat {
            skipWhitespace()
            guard peek() == UInt8(ascii: "\"") else { throw error("expected a member's name in double quotes") }
            let known = faults.count
            let name = try string()
            let faultsInName = faults.count > known
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw error("expected ':' after the member's name") }
            // Few names are compared one by one; a set keeps many from taking time with the square of their number.
            if members.count == 32 { names = Set(members.map(\.name)) }
            let isRepeated =
                members.count < 32 ? members.contains { $0.name == name } : !names.insert(name).inserted
            if isRepeated, !faultsInName { faults.append(([], "must be given only once")) }
            members.append(JSON.Member(name, try value()))
            prepend(.member(name), toFaultsFrom: known)
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("expected ',' or '}' after a member") }
        depth -= 1
        return .object(members)
    }

    private mutating func array() throws(JSONSyntaxError) -> JSON {
        try enter()
        var elements: [JSON] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return .array([])
        }
        repeat {
            let known = faults.count
            elements.append(try value())
            prepend(.index(elements.count - 1), toFaultsFrom: known)
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("expected ',' or ']' after an element") }
        depth -= 1
        return .array(elements)
    }

    private mutating func enter() throws(JSONSyntaxError) {
        guard depth < maximumDepth else { throw error("nested deeper than \(maximumDepth) levels") }
        depth += 1
        position += 1
    }

    private mutating func prepend(_ step: FieldPath.Step, toFaultsFrom first: Int) {
        for index in faults.indices.dropFirst(first) {
            faults[index].steps.append(step)
        }
    }

    private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        for offset in 0..<word.utf8CodeUnitCount {
            guard peek() == word.utf8Start[offset] else { throw error("unexpected character in a literal") }
            position += 1
        }
        return value
    }

    /// RFC 8259 §6: `[ minus ] int [ frac ] [ exp ]`.
    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if let byte = peek(), isDigit(byte) { throw error("a number must not begin with 0") }
        } else {
            try digits()
        }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        guard position - start <= 128 else { throw error("a number of more than 128 characters") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = peek(), isDigit(byte) { position += 1 }
        guard position > start else { throw error("expected a digit") }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        while let byte = peek(), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if peek() == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try text(bytes[start..<position])
        }
        var unescaped = Array(bytes[start..<position])
        while true {
            guard let byte = peek() else { throw error("the text ends within a string") }
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(unescaped[...])
            case UInt8(ascii: "\\"): try escape(into: &unescaped)
            case ..<0x20:
                position -= 1
                throw error("a control character in a string must be escaped")
            default: unescaped.append(byte)
            }
        }
    }

    private func text(_ utf8: ArraySlice<UInt8>) throws(JSONSyntaxError) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else { throw error("a string is not valid UTF-8") }
        return text
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        guard let byte = peek() else { throw error("the text ends within a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): try unicodeEscape(into: &text)
        default:
            position -= 1
            throw error("unknown escape in a string")
        }
    }

    private mutating func unicodeEscape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        let unit = try hexadecimalUnit()
        var scalar = Unicode.Scalar(UInt32(unit))
        if UTF16.isLeadSurrogate(unit), peek() == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
            let second = position
            position += 2
            let low = try hexadecimalUnit()
            if UTF16.isTrailSurrogate(low) {
                scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
            } else {
                position = second
            }
        }
        switch scalar {
        case nil: faults.append(([], "must not contain an unpaired surrogate"))
        case "\0"?: faults.append(([], "must not contain a NUL character"))
        default: break
        }
        text.append(contentsOf: Character(scalar ?? "\u{FFFD}").utf8)
    }

    private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("expected four hexadecimal digits after \\u")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    private mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func peek(_ offset: Int = 0) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private func error(_ reason: String) -> JSONSyntaxError {
        let before = bytes[..<position]
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONSyntaxError(
            reason: reason,
            line: before.count { $0 == 0x0A } + 1,
            column: position - lineStart + 1)
    }
}
