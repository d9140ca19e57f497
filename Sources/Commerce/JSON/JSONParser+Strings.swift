/// Strings: the bytes between two quotation marks, copied in runs between the escapes (RFC 8259 §7).
///
/// Half a surrogate pair is read as U+FFFD and noted as a fault, and so is NUL; bytes that are no UTF-8 are an error.
extension JSONParser {
    mutating func string() throws(JSONSyntaxError) -> String {
        let opening = position
        position += 1
        var start = position
        var unescaped: [UInt8] = []
        var allBits: UInt8 = 0
        var flaws = Flaws()
        while true {
            while let byte = peek(), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
                allBits |= byte
                position += 1
            }
            guard let byte = peek() else { throw error("the text ends within a string") }
            guard byte >= 0x20 else { throw error("a control character in a string must be escaped") }
            let plain = run(from: start)
            position += 1
            if byte == UInt8(ascii: "\""), start == opening + 1 {
                return try text(plain, isASCII: allBits < 0x80, opening: opening)
            }
            unescaped.append(contentsOf: plain)
            if byte == UInt8(ascii: "\"") { break }
            try escape(into: &unescaped, &flaws)
            start = position
        }
        // Once a string, however often it is in there.
        if flaws.hasUnpairedSurrogate { note("must not contain an unpaired surrogate") }
        if flaws.hasNUL { note("must not contain a NUL character") }
        return try unescaped.withUnsafeBufferPointer { (unescaped) throws(JSONSyntaxError) in
            try text(unescaped, isASCII: allBits < 0x80, opening: opening)
        }
    }

    /// What a string may have in it although it is JSON.
    private struct Flaws {
        var hasUnpairedSurrogate = false
        var hasNUL = false
    }

    /// - Parameter isASCII: Whether all that was copied from the text is, so that nothing has to be validated.
    private func text(
        _ utf8: UnsafeBufferPointer<UInt8>, isASCII: Bool, opening: Int
    ) throws(JSONSyntaxError) -> String {
        if isASCII { return String(decoding: utf8, as: UTF8.self) }
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw error("a string is not valid UTF-8", at: opening)
        }
        return text
    }

    private mutating func escape(into text: inout [UInt8], _ flaws: inout Flaws) throws(JSONSyntaxError) {
        guard let byte = peek() else { throw error("the text ends within a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): try unicodeEscape(into: &text, &flaws)
        default:
            position -= 1
            throw error("unknown escape in a string")
        }
    }

    private mutating func unicodeEscape(into text: inout [UInt8], _ flaws: inout Flaws) throws(JSONSyntaxError) {
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
        if scalar == nil { flaws.hasUnpairedSurrogate = true }
        if unit == 0 { flaws.hasNUL = true }
        text.append(contentsOf: UTF8.encode(scalar ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = hexadecimalValue(byte) else {
                throw error("expected four hexadecimal digits after \\u")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
