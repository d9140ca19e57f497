import Crypto
import Files

/// Copies a claimed file, decompressed, to where nobody else can reach it: step 4.
///
/// Whoever had the file open when it was claimed can go on writing to it. So it is read once; what is parsed, and parsed
/// again after a crash, is this copy.
struct PrivateCopy {
    /// SHA-256 of the original's bytes.
    let sha256: [UInt8]
    /// The original's, as it was before and after copying.
    let status: FileStatus

    /// A copy that an earlier run made.
    init(known sha256: [UInt8], status: FileStatus) {
        self.sha256 = sha256
        self.status = status
    }

    /// Makes the copy. It is complete if it is there under its final name.
    ///
    /// - Parameters:
    ///   - name: By which it may be seen whether the file is compressed.
    ///   - copyName: The copy's, in `directory`; until it is complete, `.part` stands behind it.
    /// - Throws: ``Rejection``; `FileError` where the spool itself doesn't work.
    init(
        of original: OpenFile, named name: FileName, in directory: Directory, as copyName: FileName,
        limits: SpoolLimits
    ) throws {
        status = try original.status()
        let unfinished = copyName + ".part"
        let copy = try directory.create(unfinished, mode: 0o600)
        sha256 = try Self.copy(original, named: name, to: copy, limits: limits)
        let after = try original.status()
        guard after.size == status.size, after.modified == status.modified, after.changed == status.changed else {
            throw Rejection(.copy, .changedWhileRead)
        }
        try copy.sync()
        try directory.replace(copyName, with: unfinished)
        try directory.sync()
    }

    private static func copy(
        _ original: OpenFile, named name: FileName, to copy: OpenFile, limits: SpoolLimits
    ) throws -> [UInt8] {
        var hash = SHA256()
        var decompressor: Decompressor?
        var written: Int64 = 0
        try withUnsafeTemporaryAllocation(byteCount: 256 * 1_024, alignment: 16) { buffer in
            while true {
                let count = try original.read(into: buffer)
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                if decompressor == nil {
                    decompressor = try Decompressor(Compression(name: name.bytes, beginning: Array(bytes.prefix(8))))
                }
                if count == 0 { break }
                hash.update(bufferPointer: bytes)
                do {
                    try decompressor?.push(bytes) { text in
                        written += Int64(text.count)
                        guard written <= limits.textBytes else { throw Rejection(.copy, .tooLarge) }
                        try copy.write(text)
                    }
                } catch let error as CompressionError {
                    throw Rejection(compression: error)
                }
            }
            do { try decompressor?.finish() } catch let error as CompressionError {
                throw Rejection(compression: error)
            }
        }
        return Array(hash.finalize())
    }
}

extension Rejection {
    fileprivate init(compression error: CompressionError) {
        switch error {
        case .truncated: self.init(.copy, .truncated)
        case .damaged: self.init(.copy, .compressionDamaged)
        }
    }
}
