import Commerce

/// Rows of a reply in aligned columns, numbers to the right.
struct Table {
    private var columns: [String] = []
    private var rows: [[String: Cell]] = []
    private var shown = 0

    fileprivate struct Cell {
        let text: String
        let isNumber: Bool
    }

    /// Adds a row; columns stand in the order in which they first came.
    mutating func append(_ row: JSON) {
        guard case .object(let members) = row else { return }
        var cells: [String: Cell] = [:]
        for member in members where member.name != "t" {
            if !columns.contains(member.name) { columns.append(member.name) }
            cells[member.name] = Cell(member.value)
        }
        rows.append(cells)
    }

    /// Header and rows; nothing where there are no rows.
    var lines: [String] {
        guard shown == 0, !rows.isEmpty else { return [] }
        let widths = self.widths
        return [header(widths)] + rows.map { line($0, widths) }
    }

    /// The last row, for a table that is shown as it grows: with the header before the first row and again each screen.
    mutating func takeLast() -> String {
        defer {
            shown += 1
            rows.removeAll()
        }
        guard let row = rows.last else { return "" }
        let widths = columns.map { max(10, $0.count) }
        return (shown % 20 == 0 ? header(widths) + "\n" : "") + line(row, widths)
    }

    private var widths: [Int] {
        columns.map { column in max(column.count, rows.map { $0[column]?.text.count ?? 0 }.max() ?? 0) }
    }

    private func header(_ widths: [Int]) -> String {
        zip(columns, widths).map { pad($0.uppercased(), to: $1, right: isNumeric($0)) }.joined(separator: "  ").trimmed
    }

    private func line(_ row: [String: Cell], _ widths: [Int]) -> String {
        zip(columns, widths).map { column, width in
            pad(row[column]?.text ?? "", to: width, right: isNumeric(column))
        }.joined(separator: "  ").trimmed
    }

    private func isNumeric(_ column: String) -> Bool {
        rows.allSatisfy { $0[column]?.isNumber ?? true }
    }

    private func pad(_ text: String, to width: Int, right: Bool) -> String {
        let blanks = String(repeating: " ", count: max(0, width - text.count))
        return right ? blanks + text : text + blanks
    }
}

extension Table.Cell {
    fileprivate init(_ value: JSON) {
        switch value {
        case .string(let text): self.init(text: text, isNumber: false)
        case .number(let digits): self.init(text: digits, isNumber: true)
        case .bool(let bool): self.init(text: bool ? "yes" : "no", isNumber: false)
        case .null: self.init(text: "-", isNumber: false)
        case .array, .object:
            var writer = JSONWriter()
            writer.value(value)
            self.init(text: String(decoding: writer.bytes, as: UTF8.self), isNumber: false)
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
