/// Cuts a stream of bytes into lines, holding no more than one line.
struct NDJSONLines: Sendable {
    struct Line: Sendable, Hashable {
        /// Which line of the stream it is, from 1; blank ones are counted, too.
        let number: Int
        /// Which one it is without the blank ones, from 1: the same when a stream is sent again with others.
        let place: Int
        /// Without its end, never blank; `nil` for a line that is longer than allowed, whose bytes are gone.
        let text: [UInt8]?
    }

    private let maximumLength: Int
    private var number = 0
    private var place = 0
    private var partial: [UInt8] = []
    private var isTooLong = false

    /// - Parameter maximumLength: How many bytes a line may have, its end not counted.
    init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// The lines that end within these bytes, but blank ones.
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
        number += 1
        let isBlank = !isTooLong && partial.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        if isBlank { return nil }
        place += 1
        return Line(number: number, place: place, text: isTooLong ? nil : partial)
    }
}
