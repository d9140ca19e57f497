import Files

/// Which records of a file were refused: their numbers, one a line, in `.refused` beside a file that was taken in part.
///
/// When the file is tried again, the others are known to have been taken, whether they have an `externalId` or not. It is
/// read as it is asked, and holds a piece of it at a time.
struct RefusedNumbers {
    static let name: FileName = ".refused"

    private let file: OpenFile
    private var piece: ArraySlice<UInt8> = []
    private var offset: Int64 = 0
    private var next: Int?

    private static let pieceSize = 64 * 1_024

    /// - Parameter file: Numbers that rise.
    init(_ file: OpenFile) {
        self.file = file
    }

    /// The lines for some records.
    static func text(of records: [RefusedRecord]) -> [UInt8] {
        records.flatMap { Array("\($0.place.number)\n".utf8) }
    }

    /// Whether a record is among them; each must be greater than the one before.
    ///
    /// - Throws: `FileError`.
    mutating func contains(_ number: Int) throws(FileError) -> Bool {
        while (next ?? 0) < number {
            guard let found = try read() else { return false }
            next = found
        }
        return next == number
    }

    /// - Returns: `nil` at the end.
    private mutating func read() throws(FileError) -> Int? {
        var number: Int?
        while true {
            if piece.isEmpty {
                try fill()
                if piece.isEmpty { return number }
            }
            let byte = piece.removeFirst()
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                if let number { return number }
                continue
            }
            number = (number ?? 0) &* 10 &+ Int(byte - UInt8(ascii: "0"))
        }
    }

    private mutating func fill() throws(FileError) {
        var bytes = [UInt8](repeating: 0, count: Self.pieceSize)
        let place = offset
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(FileError) in try file.read(into: buffer, at: place) }
        }
        let count = try result.get()
        offset += Int64(count)
        piece = bytes[..<count]
    }
}
