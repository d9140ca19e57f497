/// Lines of a stream that are answered together: those that came while the ones before them were written, up to a bound.
struct LineRun: Sendable {
    private(set) var lines: [NDJSONLines.Line] = []
    private var size = 0

    /// How many bytes one line may have.
    static let maximumLine = 64 * 1_024
    /// So many lines, or bytes in them, are enough: as many orders as one transaction for a file takes.
    private static let enoughLines = 1_000
    private static let enoughBytes = 256 * 1_024

    var isEmpty: Bool { lines.isEmpty }

    /// Whether no more lines should be read for it.
    var isFull: Bool { lines.count >= Self.enoughLines || size >= Self.enoughBytes }

    mutating func append(_ more: [NDJSONLines.Line]) {
        for line in more { size += line.text?.count ?? 0 }
        lines += more
    }
}
