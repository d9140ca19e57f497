import Commerce
import FoundationEssentials

/// Rows that have the same members, in aligned columns, numbers to the right.
///
/// On a terminal columns without any value are left out, and what doesn't fit: of one row each member then has a line
/// of its own, of several rows the members that don't fit follow on a line below. Elsewhere each row is one line,
/// whatever its length.
struct Table {
    private let names: [MemberName]
    private var rows: [[JSON]] = []
    private let terminal: Terminal
    private let columnWidth: Int

    /// - Parameter columnWidth: The least width of a column.
    init(like row: [JSON.Member], on terminal: Terminal, columnWidth: Int = 0) {
        names = row.map { MemberName($0.name) }
        self.terminal = terminal
        self.columnWidth = columnWidth
    }

    /// Whether a row belongs here.
    func fits(_ row: [JSON.Member]) -> Bool {
        row.map(\.name) == names.map(\.text)
    }

    mutating func append(_ row: [JSON.Member]) {
        rows.append(row.map(\.value))
    }

    var lines: [String] {
        let now = terminal.isTerminal ? Date.now : nil
        var columns = names.indices.map { index in
            let name = names[index]
            let isAlone = names.count { $0.title == name.title } == 1
            let heading = now == nil ? name.heading : isAlone ? name.title : name.longTitle
            return Column(name, heading, rows.map { Cell(name, $0[index], now: now) }, columnWidth)
        }
        if terminal.isTerminal { columns.removeAll { $0.isEmpty } }
        let width = terminal.size.columns
        var (room, fitting) = (width, 0)
        for column in columns {
            guard column.width <= room else { break }
            fitting += 1
            room -= column.width + Column.gap.count
        }
        if fitting == columns.count { return [header(columns)] + rows.indices.map { line($0, columns) } }
        if rows.count == 1 { return columns.map { record($0, labels: columns.map(\.heading.count).max() ?? 0) } }
        let (inLine, below) = (columns[..<max(1, fitting)], columns[max(1, fitting)...])
        return [header(inLine)] + rows.indices.flatMap { [line($0, inLine)] + rest($0, below) }
    }

    private func header(_ columns: some Sequence<Column>) -> String {
        terminal.styled(
            columns.map { $0.aligned($0.heading.uppercased()) }.joined(separator: Column.gap).trimmed, .bold)
    }

    private func line(_ row: Int, _ columns: some Collection<Column>) -> String {
        columns.enumerated().map { index, column in
            let text = column.aligned(column.cells[row].text)
            let isLast = index == columns.count - 1
            return terminal.styled(isLast ? text.trimmed : text, column.style(of: row))
        }.joined(separator: Column.gap).trimmed
    }

    private func record(_ column: Column, labels width: Int) -> String {
        let cell = column.cells[0]
        let text = cell.exact.map { "\($0) (\(cell.text))" } ?? cell.text
        return terminal.styled(column.heading.padding(to: width), .bold) + Column.gap
            + terminal.styled(text, column.style(of: 0))
    }

    private func rest(_ row: Int, _ columns: some Sequence<Column>) -> [String] {
        let parts = columns.filter { $0.cells[row].isKnown }.map { "\($0.heading) \($0.cells[row].text)" }
        return parts.isEmpty ? [] : ["  " + terminal.styled(parts.joined(separator: ", "), .dim)]
    }
}

/// A column of a table.
private struct Column {
    let heading: String
    let cells: [Cell]
    let width: Int
    private let isRight: Bool
    private let isState: Bool

    static let gap = "  "

    init(_ name: MemberName, _ heading: String, _ cells: [Cell], _ leastWidth: Int) {
        self.heading = heading
        self.cells = cells
        width = max(leastWidth, heading.count, cells.map(\.text.count).max() ?? 0)
        isRight = cells.contains(where: \.isNumber) && cells.allSatisfy { $0.isNumber || !$0.isKnown }
        isState = ["status", "state", "outcome", "result", "kind", "paused"].contains(name.text)
    }

    var isEmpty: Bool { !cells.contains(where: \.isKnown) }

    func aligned(_ text: String) -> String {
        isRight ? String(repeating: " ", count: max(0, width - text.count)) + text : text.padding(to: width)
    }

    func style(of row: Int) -> Terminal.Style? {
        isState ? .of(state: cells[row].text) : nil
    }
}

extension Terminal.Style {
    /// What needs nobody is green, what needs patience yellow, what needs somebody red.
    static func of(state: String) -> Terminal.Style? {
        switch state {
        case "up", "ready", "ok", "done", "accepted": .green
        case "degraded", "deferred", "held", "partly", "wrong-state", "usage", "kept", "timed-out", "yes": .yellow
        case "down", "rejected", "failed", "missing", "different", "unknown", "statistics", "not-allowed": .red
        default: nil
        }
    }
}

extension String {
    var trimmed: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
