import AdminChannel
import Commerce

/// Shows rows as tables, and on standard error, if that is a terminal, how far the command has come.
struct TableView: ReplyView {
    private let output: Terminal
    private let isGrowing: Bool
    private var tables: [Table] = []
    private var bar = ProgressBar(on: Terminal(.error))
    private var shown = 0

    init(_ output: Terminal) {
        self.output = output
        isGrowing = false
    }

    /// - Parameter output: Where each row is shown as it comes.
    init(growing output: Terminal) {
        self.output = output
        isGrowing = true
    }

    mutating func show(_ line: JSON) {
        guard case .object(let members) = line, line["t"] == .string("row") else { return bar.show(line) }
        let row = members.filter { $0.name != "t" }
        if isGrowing { return grow(row) }
        if tables.last?.fits(row) != true { tables.append(Table(like: row, on: output)) }
        tables[tables.count - 1].append(row)
    }

    mutating func end(_ end: AdminEnd) {
        bar.clear()
        for (index, table) in tables.enumerated() {
            if index > 0 { TextStream.output.write("") }
            table.lines.forEach(TextStream.output.write)
        }
        guard !end.message.isEmpty else { return }
        // What was shown stands before what is wrong with it, also where both go to one terminal.
        if end.isOK {
            TextStream.output.write(end.message.printable)
        } else {
            TextStream.error.write(Terminal(.error).styled(end.message.printable, .red))
        }
    }

    /// A row at once, whatever the next ones will be; on a terminal with the header again each screen.
    private mutating func grow(_ row: [JSON.Member]) {
        var table = Table(like: row, on: output, columnWidth: 8)
        table.append(row)
        let lines = table.lines
        if shown == 0 || (output.isTerminal && shown % 20 == 0) { lines.first.map(TextStream.output.write) }
        lines.dropFirst().forEach(TextStream.output.write)
        shown += 1
    }
}
