import Files

/// Rows of a CSV file, those that are one order together.
///
/// An order's rows must stand next to each other, so that only one order is in memory at a time.
final class CSVSource: RecordSource {
    private let rows: CSVRows
    private let header: CSVHeader
    private let layout: CSVLayout
    private(set) var checkpoint: Checkpoint
    /// The row behind the last record, already read.
    private var ahead: CSVRow?

    /// How many rows of an order are kept: one more than any order may have, so that it is refused for what it is.
    private static let maximumRows = 1_001

    init(_ file: OpenFile, _ layout: CSVLayout, from checkpoint: Checkpoint) throws {
        self.layout = layout
        header = try CSVHeader(of: file)
        try layout.check(header)
        let begins = checkpoint.offset > 0
        rows = try CSVRows(
            file, from: begins ? checkpoint.offset : header.end,
            line: begins ? checkpoint.line : header.linesBefore, delimiter: header.delimiter)
        self.checkpoint = checkpoint
    }

    func next() throws -> RawRecord? {
        guard let first = try ahead ?? row() else { return nil }
        ahead = nil
        var group = OrderRows(header: header, layout: layout, first: first)
        var end = first.end
        var last = (offset: rows.offset, line: rows.line)
        var isTooLarge = false
        while let row = try row() {
            guard group.continues(with: row) else {
                ahead = row
                break
            }
            end = row.end
            last = (rows.offset, rows.line)
            isTooLarge = isTooLarge || end - first.start > Int64(TextReader.maximumRecord)
            if !isTooLarge, group.rows.count < Self.maximumRows { group.rows.append(row) }
        }
        let place = RecordPlace(number: checkpoint.records + 1, line: first.line, start: first.start, end: end)
        checkpoint = Checkpoint(offset: last.offset, records: place.number, line: last.line)
        return RawRecord(place: place, content: isTooLarge ? .fault(.tooLarge) : .rows(group))
    }

    /// The next row. Where rows are told apart by a column, one that lacks it, or another, could be any order's: then no
    /// order of the file is known to be whole.
    private func row() throws -> CSVRow? {
        guard let row = try rows.next() else { return nil }
        guard row.fields.count == header.columns.count || header.index(of: layout.key) == nil else {
            throw FormatError(
                .malformed, "the row has \(row.fields.count) fields, and the header \(header.columns.count)",
                line: row.line, byte: row.start)
        }
        return row
    }
}

/// The rows of one order.
struct OrderRows {
    let header: CSVHeader
    let layout: CSVLayout
    var rows: [CSVRow]

    init(header: CSVHeader, layout: CSVLayout, first: CSVRow) {
        self.header = header
        self.layout = layout
        rows = [first]
    }

    /// Whether a row belongs to the same order.
    func continues(with row: CSVRow) -> Bool {
        guard let key = header.index(of: layout.key), let first = rows.first,
            key < first.fields.count, key < row.fields.count, !row.fields[key].isEmpty
        else { return false }
        return first.fields[key] == row.fields[key]
    }
}

/// How a CSV file's columns make an order.
enum CSVLayout: Sendable {
    case flat, shopify

    /// The column whose value an order's rows have in common, folded.
    var key: String {
        switch self {
        case .flat: "externalid"
        case .shopify: "name"
        }
    }

    /// - Throws: ``FormatError`` for a header that lacks something, or has something that would be lost.
    func check(_ header: CSVHeader) throws(FormatError) {
        switch self {
        case .flat: try FlatOrder.check(header)
        case .shopify: try ShopifyOrder.check(header)
        }
    }
}
