import AdminChannel
import Commerce
import Crypto
import Files

// Trying files again.

extension SpoolDesk {
    /// Tries a file now that was put off, or again from the start one that was rejected.
    ///
    /// - Throws: `AdminEnd`; `FileError`.
    func retry(_ id: String) async throws {
        let jobs = parts.jobs
        switch try survey.find(id) {
        case .waiting(let arrival, _):
            guard jobs.hurry({ $0.isOf(arrival) }) else {
                throw AdminEnd(.wrongState, "it was not put off; it is claimed as soon as may be: spool backlog")
            }
        case .inWork(let found) where found.isHeld: throw AdminEnd(.wrongState, "it is held: spool release")
        case .inWork(let found):
            if jobs.obstacles.stuck[found.file.id] != nil {
                _ = try await release(id)
            } else if !jobs.hurry({ $0.fileID == found.file.id }) {
                throw AdminEnd(.wrongState, "it is being worked on")
            }
        case .ended(_, .done, _, _): throw AdminEnd(.wrongState, "nothing of it was refused")
        case .ended(let receipt, _, let home, let day): try retry(receipt, in: home, of: day)
        }
    }

    /// Brings a rejected file back into `work/`, by one rename.
    ///
    /// Beside the file the retry is written down before, and is on the disk before the file is moved. Killed before the
    /// rename, the file is rejected as it was; killed after it, the next run tries it again, and by the retry's id, which
    /// the file's row takes over in one transaction with going back to its start, it does so once.
    private func retry(_ receipt: StoredReceipt, in home: Directory, of day: Directory) throws {
        guard !parts.jobs.isClaimed(receipt.id) else {
            throw AdminEnd(.wrongState, "it has only just been ended; ask again in a moment")
        }
        let directoryName = FileName("\(receipt.id).\(receipt.partner)")
        let names = try home.names()
        guard
            let file = ClaimedFile(directoryName: directoryName, names: names, ways: parts.configuration.ways(of:))
        else { throw AdminEnd(.wrongState, "its original is not in \(home.path) any more") }
        if receipt.counts.accepted + receipt.counts.duplicates > 0, !names.contains(RefusedNumbers.name) {
            throw AdminEnd(
                .wrongState,
                "which of its orders were refused is not known any more; mend and drop its file of rejects")
        }
        if let sha256 = receipt.sha256, try home.sha256(of: file.storedName)?.hexadecimal != sha256 {
            throw AdminEnd(.wrongState, "its bytes are not those that were refused; drop it as a new file")
        }
        try RetryNote.write(RetryID(UUIDv7.shared.next()), in: home)
        let work = parts.directory.work
        try day.move(file.archiveName, to: work, as: file.directoryName)
        defer { parts.jobs.resume(file) }
        try work.sync()
        try day.sync()
    }
}

extension Directory {
    /// The SHA-256 of a file; `nil` for what is none.
    ///
    /// - Throws: `FileError`.
    func sha256(of name: FileName) throws -> [UInt8]? {
        guard try status(of: name).kind == .regular else { return nil }
        let file = try open(name)
        var hash = SHA256()
        try withUnsafeTemporaryAllocation(byteCount: 256 * 1_024, alignment: 16) { buffer in
            while case let count = try file.read(into: buffer), count > 0 {
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        return Array(hash.finalize())
    }
}
