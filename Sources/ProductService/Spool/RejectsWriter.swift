import Files

/// Writes records of a file, as they stood in it, into a file of the same format.
struct RejectsWriter {
    private let format: RecordFormat
    private let source: OpenFile
    private let target: OpenFile
    private var count = 0

    /// - Throws: `FileError`.
    init(_ format: RecordFormat, from source: OpenFile, to target: OpenFile) throws {
        self.format = format
        self.source = source
        self.target = target
        switch format {
        case .json: try target.write(Array("[\n".utf8))
        case .ndjson: break
        case .flatCSV, .shopifyCSV:
            let header = try CSVHeader.place(in: source)
            try copy(header.lowerBound, header.upperBound)
        }
    }

    /// - Throws: `FileError`.
    mutating func append(_ place: RecordPlace) throws {
        if format == .json, count > 0 { try target.write(Array(",\n".utf8)) }
        count += 1
        try copy(place.start, place.end)
    }

    /// - Throws: `FileError`.
    mutating func finish() throws {
        if format == .json { try target.write(Array("\n]\n".utf8)) }
    }

    private func copy(_ start: Int64, _ end: Int64) throws(FileError) {
        var offset = start
        let result = withUnsafeTemporaryAllocation(byteCount: 64 * 1_024, alignment: 16) { buffer in
            Result { () throws(FileError) in
                while offset < end {
                    let wanted = UnsafeMutableRawBufferPointer(
                        rebasing: buffer.prefix(Int(min(end - offset, 64 * 1_024))))
                    let count = try source.read(into: wanted, at: offset)
                    guard count > 0 else { return }
                    try target.write(UnsafeRawBufferPointer(rebasing: wanted[..<count]))
                    offset += Int64(count)
                }
            }
        }
        try result.get()
    }
}
