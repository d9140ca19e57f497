/// Finds the end of one JSON value by its brackets and strings, without reading what is in it.
struct JSONScanner {
    struct Mismatch: Error {}

    /// Whether the value's last byte was scanned.
    private(set) var isComplete = false
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var hasBegun = false
    /// Which brackets are open, innermost in the lowest bit: 1 for an object. Deeper than its bits no reader goes, so there
    /// they are only counted.
    private var kinds: UInt64 = 0

    /// Whether the value would be complete if the text ended here: a number or a word has no end of its own.
    var endsWithText: Bool { hasBegun && depth == 0 && !isInString }

    /// - Returns: How many bytes belong to the value.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(Mismatch) -> Int {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if isInString {
                index += 1
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                    isComplete = depth == 0
                }
            } else if try takeOutsideString(byte) {
                index += 1
            }
            if isComplete { break }
        }
        return index
    }

    /// - Returns: Whether the byte belongs to the value.
    private mutating func takeOutsideString(_ byte: UInt8) throws(Mismatch) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard !(hasBegun && depth == 0) else { return finish() }
            depth += 1
            if depth <= 64 { kinds = kinds << 1 | (byte == UInt8(ascii: "{") ? 1 : 0) }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            guard depth > 0 else { return finish() }
            if depth <= 64 {
                guard (kinds & 1 == 1) == (byte == UInt8(ascii: "}")) else { throw Mismatch() }
                kinds >>= 1
            }
            depth -= 1
            isComplete = depth == 0
        case UInt8(ascii: "\""):
            guard !(hasBegun && depth == 0) else { return finish() }
            isInString = true
        case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
            guard depth > 0 else { return finish() }
        default: break
        }
        hasBegun = true
        return true
    }

    private mutating func finish() -> Bool {
        isComplete = true
        return false
    }
}
