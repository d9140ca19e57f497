import Files

/// A JSON text that is an order, or an array of orders (RFC 8259), of any length.
///
/// The orders of an array are told apart by counting brackets outside of strings; each is read by itself afterwards, so
/// that one that is wrong spoils no other. Nothing is recursive: nesting costs no stack.
final class JSONSource: RecordSource {
    private enum Shape {
        case order, array
    }

    private let file: OpenFile
    private let text: TextReader
    private(set) var checkpoint: Checkpoint
    private var shape: Shape?

    init(_ file: OpenFile, from checkpoint: Checkpoint) {
        self.file = file
        text = TextReader(file, from: checkpoint.offset, line: checkpoint.line)
        self.checkpoint = checkpoint
    }

    func next() throws -> RawRecord? {
        switch try shape ?? begin() {
        case .order where checkpoint.records == 0: return try element()
        case .array where try findElement(): return try element()
        default:
            try requireEnd()
            return nil
        }
    }

    /// Sees what the text is, which its first byte tells, also where reading begins in its middle.
    private func begin() throws -> Shape {
        let start = TextReader(file, from: 0, line: 1)
        try start.skipByteOrderMark()
        let first = try start.skipWhitespace()
        let shape: Shape
        switch first {
        case UInt8(ascii: "{"): shape = .order
        case UInt8(ascii: "["): shape = .array
        case nil: throw error(.truncated, "the file ends before its first order")
        default: throw error(.malformed, "a JSON file must be an order or an array of orders")
        }
        if checkpoint.offset == 0 {
            try text.skipByteOrderMark()
            _ = try text.skipWhitespace()
            if shape == .array { text.pass(1) }
        }
        self.shape = shape
        return shape
    }

    /// Goes to the next element of the array; passes its end where there is none.
    private func findElement() throws -> Bool {
        if isOver { return false }
        let byte = try text.skipWhitespace()
        switch byte {
        case nil: throw error(.truncated, "the file ends within the array")
        case UInt8(ascii: "]"):
            text.pass(1)
            isOver = true
            return false
        case UInt8(ascii: ",") where checkpoint.records > 0:
            text.pass(1)
            let next = try text.skipWhitespace()
            if next == nil { throw error(.truncated, "the file ends within the array") }
            if next == UInt8(ascii: ",") || next == UInt8(ascii: "]") || next == UInt8(ascii: "}") {
                throw error(.malformed, "an order is missing behind a comma")
            }
            return true
        case UInt8(ascii: ","): throw error(.malformed, "an order is missing before a comma")
        case UInt8(ascii: "}"): throw error(.malformed, "expected an order, not a closing brace")
        default:
            guard checkpoint.records == 0 else { throw error(.malformed, "expected ',' or ']' behind an order") }
            return true
        }
    }

    private var isOver = false

    private func element() throws -> RawRecord {
        let (start, line) = (text.offset, text.line)
        var scanner = JSONScanner()
        var length = 0
        // The bytes of an element that is too large are passed as they are scanned.
        var isTooLarge = false
        while !scanner.isComplete {
            let window = UnsafeRawBufferPointer(rebasing: text.window[length...])
            let scanned: Int
            do throws(JSONScanner.Mismatch) {
                scanned = try scanner.scan(window)
            } catch {
                throw self.error(.malformed, "brackets don't match")
            }
            length += scanned
            if scanner.isComplete { break }
            if length > TextReader.maximumRecord || isTooLarge {
                isTooLarge = true
                text.pass(length)
                length = 0
            }
            guard try text.fill() else {
                if scanner.endsWithText { break }
                throw error(.truncated, "the file ends within an order")
            }
        }
        isTooLarge = isTooLarge || length > TextReader.maximumRecord
        let content: RawRecord.Content = isTooLarge ? .fault(.tooLarge) : .json(Array(text.window[..<length]))
        text.pass(length)
        let place = RecordPlace(number: checkpoint.records + 1, line: line, start: start, end: text.offset)
        checkpoint = Checkpoint(offset: text.offset, records: place.number, line: text.line)
        return RawRecord(place: place, content: content)
    }

    private func requireEnd() throws {
        guard try text.skipWhitespace() == nil else {
            throw error(.malformed, "something stands behind the end of the JSON text")
        }
    }

    private func error(_ code: FormatError.Code, _ message: String) -> FormatError {
        FormatError(code, message, line: text.line, byte: text.offset)
    }
}
