import CLibcsv
import Files

/// A row of a CSV file.
struct CSVRow: Sendable {
    let fields: [[UInt8]]
    /// Where it stands in the file, its line end included.
    let start: Int64
    let end: Int64
    let line: Int
}

/// Cuts a CSV text into rows (RFC 4180), with libcsv's strict parser.
///
/// The parser is given one line of the text at a time, so that it is known at which byte a row ends: with the line in
/// which it does. Blank lines are passed over.
final class CSVRows {
    private let text: TextReader
    private let parser: UnsafeMutablePointer<csv_parser>
    private let row = Unmanaged.passRetained(Row())
    /// Behind the last row that was given.
    private(set) var offset: Int64
    private(set) var line: Int

    /// What libcsv's callbacks fill.
    private final class Row {
        var fields: [[UInt8]] = []
        /// How many row ends libcsv has seen; it takes a lone carriage return for one too.
        var ends = 0
    }

    init(_ file: OpenFile, from offset: Int64, line: Int, delimiter: UInt8) throws {
        text = TextReader(file, from: offset, line: line)
        self.offset = offset
        self.line = line
        parser = .allocate(capacity: 1)
        csv_init(parser, UInt8(CSV_STRICT | CSV_STRICT_FINI))
        csv_set_delim(parser, delimiter)
    }

    deinit {
        csv_free(parser)
        parser.deallocate()
        row.release()
    }

    /// The next row, or `nil` at the end of the text, which must be the end of a line.
    ///
    /// - Throws: ``FormatError``; `FileError`.
    func next() throws -> CSVRow? {
        try text.skipByteOrderMark()
        var (start, line) = (text.offset, text.line)
        while true {
            switch try text.lineEnd() {
            case .ended(let length) where text.offset - start + Int64(length) <= Int64(TextReader.maximumRecord):
                try feed(length)
            case .ended, .tooLong:
                throw error(
                    .malformed, "the row from line \(line) on is longer than 1,048,576 bytes; is a quote not closed?")
            case .endOfFile(0):
                guard isBetweenRows else { throw error(.truncated, "the file ends within a quoted field") }
                return nil
            case .endOfFile:
                throw error(.truncated, "the last line has no end: the file may be cut off")
            }
            let row = row.takeUnretainedValue()
            if row.ends > 0 {
                defer {
                    row.fields = []
                    row.ends = 0
                }
                (offset, self.line) = (text.offset, text.line)
                return CSVRow(fields: row.fields, start: start, end: offset, line: line)
            }
            if isBetweenRows { (start, line) = (text.offset, text.line) }
        }
    }

    /// libcsv's ROW_NOT_BEGUN.
    private var isBetweenRows: Bool { parser.pointee.pstate == 0 }

    private func feed(_ length: Int) throws {
        let parsed = csv_parse(
            parser, text.window.baseAddress, length,
            { field, count, row in
                guard let row else { return }
                let bytes = UnsafeRawBufferPointer(start: field, count: count)
                Unmanaged<Row>.fromOpaque(row).takeUnretainedValue().fields.append(Array(bytes))
            },
            { _, row in
                guard let row else { return }
                Unmanaged<Row>.fromOpaque(row).takeUnretainedValue().ends += 1
            }, row.toOpaque())
        guard parsed == length else {
            throw error(
                .malformed,
                "a quote stands where none may (RFC 4180): \(String(cString: csv_strerror(csv_error(parser))))")
        }
        // Else a line would have more than one row in it, or an end and then the beginning of one, which a reader that
        // begins behind the line would not know of.
        let ends = row.takeUnretainedValue().ends
        guard ends == 0 || ends == 1 && isBetweenRows else {
            throw error(.malformed, "a carriage return stands outside of quotes and without a line feed")
        }
        text.pass(length)
    }

    private func error(_ code: FormatError.Code, _ message: String) -> FormatError {
        FormatError(code, message, line: text.line, byte: text.offset)
    }
}
