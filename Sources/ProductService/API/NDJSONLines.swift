/// Cuts a stream of bytes into lines, holding no more than one line.
struct NDJSONLines: Sendable {
    enum Line: Sendable, Hashable {
        /// A line without its end; never blank.
        case text([UInt8])
        /// A line longer than allowed: its bytes are gone.
        case tooLong
    }

    private let maximumLength: Int
    private var partial: [UInt8] = []
    private var isTooLong = false

    /// - Parameter maximumLength: How many bytes a line may have, its end not counted.
    init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// The lines that end within these bytes.
    mutating func append(_ bytes: some Sequence<UInt8>) -> [Line] {
        var lines: [Line] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if let line = finish() { lines.append(line) }
            } else if partial.count < maximumLength {
                partial.append(byte)
            } else if byte != UInt8(ascii: "\r") {
                isTooLong = true
            }
        }
        return lines
    }

    /// What stands behind the last line's end, or `nil` if there is nothing but blanks.
    mutating func finish() -> Line? {
        defer {
            partial.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        if isTooLong { return .tooLong }
        let isBlank = partial.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        return isBlank ? nil : .text(partial)
    }
}
