import Files
import Glibc

/// A window on a text file that moves forward: what is looked at stays in memory, what was passed does not.
///
/// It belongs to one reader on one thread.
final class TextReader {
    private let file: OpenFile
    private let buffer: UnsafeMutableRawBufferPointer
    /// The file's offset of the buffer's first byte.
    private var base: Int64
    private var filled = 0
    /// The index of the next byte in the buffer.
    private(set) var position = 0
    private(set) var line: Int
    private var isAtEnd = false

    /// How many bytes may be looked at without passing any: more than a record may have.
    static let capacity = maximumRecord + 256 * 1_024
    /// How many bytes one record may have.
    static let maximumRecord = 1 << 20

    init(_ file: OpenFile, from offset: Int64, line: Int) {
        self.file = file
        base = offset
        self.line = line
        buffer = .allocate(byteCount: Self.capacity, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    /// The file's offset of the next byte.
    var offset: Int64 { base + Int64(position) }

    /// What is in the window from the next byte on.
    var window: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[position..<filled]) }

    /// Brings more of the file into the window.
    ///
    /// - Returns: Whether there was more; `false` also when the window is full.
    /// - Throws: `FileError`.
    func fill() throws -> Bool {
        if isAtEnd { return false }
        if position > 0 {
            let rest = filled - position
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[position..<filled]))
            base += Int64(position)
            filled = rest
            position = 0
        }
        guard filled < buffer.count else { return false }
        let space = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...].prefix(256 * 1_024))
        let count = try file.read(into: space, at: base + Int64(filled))
        isAtEnd = count == 0
        filled += count
        return count > 0
    }

    /// Whether nothing comes after the window.
    var isLastWindow: Bool { isAtEnd }

    /// Passes bytes, and counts the lines that end in them.
    func pass(_ count: Int) {
        let passed = UnsafeRawBufferPointer(rebasing: buffer[position..<(position + count)])
        line += passed.newlines
        position += count
    }

    /// Passes spaces, tabs and line ends.
    ///
    /// - Returns: The byte behind them, or `nil` at the end.
    func skipWhitespace() throws -> UInt8? {
        repeat {
            var end = position
            while end < filled, isBlank(buffer[end]) { end += 1 }
            pass(end - position)
            if end < filled { return buffer[end] }
        } while try fill()
        return nil
    }

    /// Passes a byte order mark at the beginning of the file.
    func skipByteOrderMark() throws {
        guard offset == 0 else { return }
        while filled - position < 3, try fill() {}
        if window.starts(with: [0xEF, 0xBB, 0xBF]) { position += 3 }
    }

    /// How long the next line is.
    enum LineEnd {
        /// So many bytes, the line end included, all in the window.
        case ended(Int)
        /// So many bytes, and then the file ends.
        case endOfFile(Int)
        /// More than fit into the window.
        case tooLong
    }

    /// Looks for the end of the line that begins at the next byte.
    func lineEnd() throws -> LineEnd {
        var searched = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: window[searched...])
            if let end = rest.newline { return .ended(searched + end + 1) }
            searched = window.count
            if searched > Self.maximumRecord { return .tooLong }
            if try !fill() { return .endOfFile(searched) }
        }
    }

    /// Passes everything up to and with the next line end.
    ///
    /// - Returns: Whether there was one.
    func skipLine() throws -> Bool {
        while true {
            if let end = window.newline {
                pass(end + 1)
                return true
            }
            pass(window.count)
            if try !fill() { return false }
        }
    }
}

/// Space, tab and the bytes of line ends.
func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
}

extension UnsafeRawBufferPointer {
    /// The index of the first line feed.
    fileprivate var newline: Int? {
        guard let baseAddress, let found = memchr(baseAddress, 0x0A, count) else { return nil }
        return UnsafeRawPointer(found) - baseAddress
    }

    fileprivate var newlines: Int {
        var count = 0
        var rest = self
        while let end = rest.newline {
            count += 1
            rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
        }
        return count
    }
}
