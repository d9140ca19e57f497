import Glibc

/// What a stream leads to, and what may be sent there.
struct Terminal {
    let isTerminal: Bool
    /// Whether its cursor can be moved, and lines rewritten.
    let canMove: Bool
    /// Never with NO_COLOR (https://no-color.org).
    private let hasColour: Bool
    private let stream: TextStream

    init(_ stream: TextStream) {
        self.stream = stream
        isTerminal = isatty(stream.rawValue) == 1
        let kind = getenv("TERM").map { String(cString: $0) } ?? ""
        canMove = isTerminal && !kind.isEmpty && kind != "dumb"
        let forbidden = getenv("NO_COLOR").map { String(cString: $0) } ?? ""
        hasColour = canMove && forbidden.isEmpty
    }

    /// How many characters fit; no terminal has no end.
    var size: (columns: Int, rows: Int) {
        guard isTerminal else { return (.max, .max) }
        var size = winsize()
        guard ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Select Graphic Rendition (ECMA-48, 8.3.117).
    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    func styled(_ text: String, _ style: Style?) -> String {
        guard hasColour, let style, !text.isEmpty else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }
}
