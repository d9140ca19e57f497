import Commerce

/// How far a command has come, in one line that is rewritten: `[#####-----]  50 %  500 of 1,000 orders, 12 s left`.
///
/// Only on a terminal, and not for what is done in a moment; nothing of it remains.
struct ProgressBar {
    private let terminal: Terminal
    private let began = ContinuousClock.now
    /// `nil` while it is not shown.
    private var shownAt: ContinuousClock.Instant?

    private static let width = 24

    init(on terminal: Terminal) {
        self.terminal = terminal
    }

    mutating func show(_ line: JSON) {
        let now = ContinuousClock.now
        guard terminal.canMove, began.duration(to: now) > .milliseconds(500) else { return }
        // Faster than anybody can read.
        if let shownAt, shownAt.duration(to: now) < .milliseconds(100) { return }
        guard case .number(let digits)? = line["done"],
            let done = Int(digits)
        else { return }
        var total: Int?
        if case .number(let digits)? = line["of"] { total = Int(digits) }
        let text = Self.text(done, of: total, line.text("what").printable, after: began.duration(to: .now))
        TextStream.error.put("\r" + text.prefix(terminal.size.columns - 1) + "\u{1B}[K")
        shownAt = now
    }

    mutating func clear() {
        if shownAt != nil { TextStream.error.put("\r\u{1B}[K") }
        shownAt = nil
    }

    static func text(_ done: Int, of total: Int?, _ what: String, after time: Duration) -> String {
        guard let total, total > 0 else {
            return (done > 0 ? "\(done.grouped) " : "") + "\(what), \(time.words)"
        }
        let share = min(1, Double(done) / Double(total))
        let filled = Int(share * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        let percent = String(Int(share * 100))
        let left = share > 0 && share < 1 && time > .seconds(2) ? ", \((time * (1 / share - 1)).words) left" : ""
        return "[\(bar)] \(String(repeating: " ", count: max(0, 3 - percent.count)))\(percent) %  "
            + "\(done.grouped) of \(total.grouped) \(what)\(left)"
    }
}

extension Int {
    fileprivate var grouped: String { String(self).grouped }
}
