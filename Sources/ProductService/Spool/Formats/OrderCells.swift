import Commerce

/// The cells of one row by their columns' names, and JSON values made of them.
struct OrderCells {
    private let row: CSVRow
    private let header: CSVHeader

    init(_ row: CSVRow, of header: CSVHeader) throws(RecordFault) {
        guard row.fields.count == header.columns.count else {
            throw .malformed("line \(row.line) has \(row.fields.count) fields, and the header \(header.columns.count)")
        }
        self.row = row
        self.header = header
    }

    /// A cell's text; `nil` for an empty cell and for a column that the file doesn't have.
    ///
    /// - Parameter column: Folded.
    func text(_ column: String) throws(RecordFault) -> String? {
        guard let index = header.index(of: column), !row.fields[index].isEmpty else { return nil }
        guard let text = String(validating: row.fields[index], as: UTF8.self) else {
            throw .malformed("line \(row.line) is not valid UTF-8", field: header.names[index])
        }
        return text
    }

    /// A cell as a JSON string.
    func string(_ column: String) throws(RecordFault) -> JSON? {
        try text(column).map { .string($0) }
    }

    /// A cell as a JSON number if it looks like one, else as it is, so that what is wrong with it is told by whoever
    /// wants a number.
    func number(_ column: String) throws(RecordFault) -> JSON? {
        guard let text = try text(column) else { return nil }
        if case .number(let digits)? = try? JSON.parse(Array(text.utf8)).value { return .number(digits) }
        return .string(text)
    }
}

extension JSON {
    /// An object of those members that have a value; `nil` if none has.
    static func object(present members: [(String, JSON?)]) -> JSON? {
        let present = members.compactMap { name, value in value.map { Member(name, $0) } }
        return present.isEmpty ? nil : .object(present)
    }
}
