import AdminChannel
import Commerce
import FoundationEssentials

/// What `watch` shows on a terminal: the newest rows under their header, in one picture that is drawn anew each second.
///
/// It needs no end: whoever interrupts it keeps the last picture.
struct WatchView: ReplyView {
    private let daemon: String
    private let terminal: Terminal
    private var rows: [[JSON.Member]] = []

    init(_ daemon: String, on terminal: Terminal) {
        self.daemon = daemon
        self.terminal = terminal
    }

    mutating func show(_ line: JSON) {
        guard case .object(let members) = line, line["t"] == .string("row") else { return }
        // The state's reason has a line of its own.
        rows.append(members.filter { $0.name != "t" && $0.name != "reason" })
        let (columns, height) = terminal.size
        // The title, the header, and the line on which the cursor stands.
        rows = rows.suffix(max(1, height - 4))
        var table = Table(like: rows[rows.count - 1], on: terminal)
        rows.forEach { table.append($0) }
        let state = line.text("state")
        let reason = line.text("reason").isEmpty ? "" : ": \(line.text("reason").printable)"
        let title = "\(daemon) is \(terminal.styled(state, .of(state: state)))"
        let lines = [title + reason.prefix(max(0, columns - daemon.count - state.count - 4)), ""] + table.lines
        draw(lines.prefix(height - 1))
    }

    mutating func end(_ end: AdminEnd) {
        guard !end.message.isEmpty else { return }
        TextStream.error.write(end.message.printable)
    }

    /// Over the picture before, without a moment in which there is none.
    private func draw(_ lines: some Sequence<String>) {
        TextStream.output.put("\u{1B}[H" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
    }
}
