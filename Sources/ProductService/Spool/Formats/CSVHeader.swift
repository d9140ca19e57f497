import Files

/// The first row of a CSV file: which column is what.
struct CSVHeader: Sendable {
    /// As they are compared: in lower case, without spaces, `-` and `_`.
    let columns: [String]
    /// As they stand there.
    let names: [String]
    let delimiter: UInt8
    /// Where the rows begin.
    let end: Int64
    let linesBefore: Int
    /// Where the header itself stands, behind a byte order mark.
    let start: Int64

    /// - Throws: ``FormatError``; `FileError`.
    init(of file: OpenFile) throws {
        delimiter = try Self.delimiter(of: file)
        let rows = try CSVRows(file, from: 0, line: 1, delimiter: delimiter)
        guard let row = try rows.next() else {
            throw FormatError(.truncated, "the file ends before its header", line: 1, byte: 0)
        }
        names = row.fields.map { String(decoding: $0, as: UTF8.self) }
        columns = names.map(Self.folded)
        (start, end, linesBefore) = (row.start, row.end, rows.line)
        for (index, column) in columns.enumerated() where columns[..<index].contains(column) {
            throw FormatError(.malformed, "the header has the column '\(names[index])' twice", line: 1, byte: 0)
        }
    }

    /// Where the header stands in a file that was read before.
    static func place(in file: OpenFile) throws -> Range<Int64> {
        let header = try CSVHeader(of: file)
        return header.start..<header.end
    }

    static func folded(_ name: String) -> String {
        name.lowercased().filter { $0 != " " && $0 != "-" && $0 != "_" }
    }

    /// A semicolon where the first line has one and no comma, as spreadsheets write it in much of Europe.
    private static func delimiter(of file: OpenFile) throws -> UInt8 {
        let text = TextReader(file, from: 0, line: 1)
        let line: [UInt8]
        switch try text.lineEnd() {
        case .ended(let length), .endOfFile(let length): line = Array(text.window[..<length])
        case .tooLong: throw FormatError(.malformed, "the header is longer than 1,048,576 bytes", line: 1, byte: 0)
        }
        let comma = UInt8(ascii: ",")
        let semicolon = UInt8(ascii: ";")
        return line.contains(semicolon) && !line.contains(comma) ? semicolon : comma
    }
}
