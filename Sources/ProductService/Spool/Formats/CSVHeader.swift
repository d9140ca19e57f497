import Files

/// The first row of a CSV file: which column is what.
struct CSVHeader: Sendable {
    /// As they are compared: in lower case, without spaces, `-` and `_`.
    let columns: [String]
    /// Where each column stands. A stranger's header may have a hundred thousand, which are not to be looked through for
    /// every cell.
    private let indices: [String: Int]
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
        var indices: [String: Int] = [:]
        for (index, column) in columns.enumerated() where indices.updateValue(index, forKey: column) != nil {
            throw FormatError(
                .malformed, "the header has the column '\(Self.shown(names[index]))' twice", line: 1, byte: 0)
        }
        self.indices = indices
    }

    /// Where a column stands; `nil` if the file doesn't have it.
    ///
    /// - Parameter column: Folded.
    func index(of column: String) -> Int? { indices[column] }

    /// A column's name in a message: its beginning, for it may have a megabyte.
    static func shown(_ name: String) -> String {
        name.utf8.count <= 64 ? name : String(decoding: name.utf8.prefix(64), as: UTF8.self) + "…"
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
        try text.skipByteOrderMark()
        _ = try text.skipWhitespace()
        switch try text.lineEnd() {
        case .ended(let length), .endOfFile(let length): line = Array(text.window[..<length])
        case .tooLong: throw FormatError(.malformed, "the header is longer than 1,048,576 bytes", line: 1, byte: 0)
        }
        let comma = UInt8(ascii: ",")
        let semicolon = UInt8(ascii: ";")
        return line.contains(semicolon) && !line.contains(comma) ? semicolon : comma
    }
}
