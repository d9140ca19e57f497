extension [UInt8] {
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends what `body` appends, preceded by its length in bytes.
    mutating func appendWithLength(
        _ body: (inout [UInt8]) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        let start = count
        appendBigEndian(Int32(0))
        try body(&self)
        guard let length = Int32(exactly: count - start - 4) else {
            throw PostgresError(.encoding, "a value of \(count - start - 4) bytes is too long for PostgreSQL")
        }
        Swift.withUnsafeBytes(of: length.bigEndian) { length in
            for index in 0..<4 { self[start + index] = length[index] }
        }
    }
}

/// Reads big-endian fields one after the other and never past the end.
struct BinaryReader {
    private var rest: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    var remaining: Int { rest.count }

    mutating func int32() -> Int32? {
        uint32().map { Int32(bitPattern: $0) }
    }

    mutating func uint32() -> UInt32? {
        guard let bytes = bytes(4) else { return nil }
        return UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
    }

    mutating func bytes(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= rest.count else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count)) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
    }
}
