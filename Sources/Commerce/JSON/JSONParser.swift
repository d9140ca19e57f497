/// A recursive-descent reader over bytes. Its depth, and so its stack, is bounded by `maximumDepth`.
///
/// It doesn't live longer than the bytes that it points to: only ``JSON/parse(_:maximumDepth:)`` makes one.
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let maximumDepth: Int
    var position = 0
    private var depth = 0
    /// Faults found so far, innermost path first: each enclosing value prepends its own step, so that a text without
    /// faults never builds a path.
    private var faults: [(steps: [FieldPath.Step], message: String)] = []
    /// The members and elements of all values that are open, those of the innermost last: an object or an array is
    /// made when its number of members is known, in one piece of memory.
    private var openMembers: [JSON.Member] = []
    private var openElements: [JSON] = []

    init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
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
        let first = openMembers.count
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
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw error("expected ':' after the member's name") }
            if faults.count == known, isRepeated(name, inMembersFrom: first, &names) {
                note("must be given only once")
            }
            let value = try value()
            openMembers.append(JSON.Member(name, value))
            prepend(.member(name), toFaultsFrom: known)
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("expected ',' or '}' after a member") }
        depth -= 1
        defer { openMembers.removeLast(openMembers.count - first) }
        return .object(Array(openMembers[first...]))
    }

    /// Few names are compared one by one; a set keeps many from taking time with the square of their number.
    private func isRepeated(_ name: String, inMembersFrom first: Int, _ names: inout Set<String>) -> Bool {
        let members = openMembers[first...]
        if members.count < 32 { return members.contains { $0.name == name } }
        if names.isEmpty { names = Set(members.map(\.name)) }
        return !names.insert(name).inserted
    }

    private mutating func array() throws(JSONSyntaxError) -> JSON {
        try enter()
        let first = openElements.count
        skipWhitespace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return .array([])
        }
        repeat {
            let known = faults.count
            let value = try value()
            prepend(.index(openElements.count - first), toFaultsFrom: known)
            openElements.append(value)
            skipWhitespace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("expected ',' or ']' after an element") }
        depth -= 1
        defer { openElements.removeLast(openElements.count - first) }
        return .array(Array(openElements[first...]))
    }

    private mutating func enter() throws(JSONSyntaxError) {
        guard depth < maximumDepth else { throw error("nested deeper than \(maximumDepth) levels") }
        depth += 1
        position += 1
    }

    mutating func note(_ message: String) {
        if faults.count < Fault.maximumCount { faults.append(([], message)) }
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
        guard position - start <= 128 else { throw error("a number of more than 128 characters", at: start) }
        return String(decoding: run(from: start), as: UTF8.self)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = peek(), isDigit(byte) { position += 1 }
        guard position > start else { throw error("expected a digit") }
    }

    private mutating func skipWhitespace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    /// The bytes from here to where reading stands.
    func run(from start: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[start..<position])
    }

    func peek(_ offset: Int = 0) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    /// - Parameter place: Where it went wrong, if that is not where reading stands.
    func error(_ reason: String, at place: Int? = nil) -> JSONSyntaxError {
        let before = bytes[..<(place ?? position)]
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONSyntaxError(
            reason: reason,
            line: before.count { $0 == 0x0A } + 1,
            column: before.endIndex - lineStart + 1)
    }
}
