import Commerce
import Files

/// One JSON text a line (https://github.com/ndjson/ndjson-spec), each line with its end; blank lines are passed over.
///
/// A last line `{"count":N}` says how many records there are before it.
final class NDJSONSource: RecordSource {
    private let text: TextReader
    private(set) var checkpoint: Checkpoint
    private var isOver = false

    init(_ file: OpenFile, from checkpoint: Checkpoint) {
        text = TextReader(file, from: checkpoint.offset, line: checkpoint.line)
        self.checkpoint = checkpoint
    }

    func next() throws -> RawRecord? {
        try text.skipByteOrderMark()
        while !isOver {
            let (start, line) = (text.offset, text.line)
            let content: RawRecord.Content
            switch try text.lineEnd() {
            case .endOfFile(let length):
                isOver = true
                guard length == 0 else {
                    throw FormatError(
                        .truncated, "the last line has no end: the file may be cut off", line: line,
                        byte: start + Int64(length))
                }
                return nil
            case .ended(let length):
                let bytes = length > TextReader.maximumRecord ? nil : Array(text.window[..<length])
                text.pass(length)
                if let bytes {
                    if bytes.allSatisfy(isBlank) { continue }
                    if let count = Self.count(in: bytes) {
                        try end(saying: count, line: line, byte: start)
                        return nil
                    }
                }
                content = bytes.map { .json($0) } ?? .fault(.tooLarge)
            case .tooLong:
                guard try text.skipLine() else {
                    throw FormatError(.truncated, "the last line has no end", line: line, byte: text.offset)
                }
                content = .fault(.tooLarge)
            }
            let place = RecordPlace(number: checkpoint.records + 1, line: line, start: start, end: text.offset)
            checkpoint = Checkpoint(offset: text.offset, records: place.number, line: text.line)
            return RawRecord(place: place, content: content)
        }
        return nil
    }

    // MARK: The trailer

    private static func count(in line: [UInt8]) -> Int? {
        guard line.count < 64, line.starts(with: #"{"count""#.utf8),
            case .object(let members)? = try? JSON.parse(line).value, members.count == 1,
            case .number(let digits) = members[0].value
        else { return nil }
        return Int(digits)
    }

    private func end(saying count: Int, line: Int, byte: Int64) throws {
        isOver = true
        guard count == checkpoint.records else {
            throw FormatError(
                .countMismatch, "the last line says \(count) orders, and there are \(checkpoint.records) before it",
                line: line, byte: byte)
        }
        guard try text.skipWhitespace() == nil else {
            throw FormatError(
                .malformed, "something stands behind the count, which must be the last line", line: text.line,
                byte: text.offset)
        }
    }
}
