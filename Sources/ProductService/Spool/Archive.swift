import Commerce
import Files
import FoundationEssentials

/// Brings a file to its end: receipt, reason and rejects, and out of `work/`: step 7.
///
/// Everything is written before the file's directory is moved, in one rename, to where it stays. Until then a crash leaves
/// it in `work/`, and it is ended again in the same way.
struct Archive: Sendable {
    let spool: SpoolDirectory
    let store: FileStore

    /// Writes on its caller's thread.
    ///
    /// - Parameters:
    ///   - text: The private copy, if there is one.
    ///   - format: How it was read, if it was.
    /// - Returns: The directory of the day, where the file is now; to be given to ``tidy(_:in:)``.
    /// - Throws: `FileError`, `PostgresError`: then it is to be ended again.
    nonisolated(nonsending) func end(
        _ receipt: Receipt, ownerUID: UInt32, attempts: Int, text: OpenFile?, format: RecordFormat?
    ) async throws -> Directory {
        let file = receipt.file
        let home = try spool.work.directory(file.directoryName)
        if let rejection = receipt.rejection {
            var errors = [rejection.error].compactMap(\.self)
            if receipt.refused > 0, let text, let format {
                errors = try await writeRejects(of: receipt, from: text, format, into: home)
            }
            let reason = Reason(
                receipt: receipt, rejection: rejection, ownerUID: ownerUID, attempts: attempts, errors: errors,
                errorCount: max(errors.count, receipt.refused))
            try home.write(reason.document, to: ClaimedFile.reason, by: Self.temporary, mode: 0o640)
        }
        if receipt.isRetry, receipt.rejection == nil { try removeReason(of: file, in: home) }
        let document = receipt.document
        try home.write(document, to: ClaimedFile.receipt, by: Self.temporary, mode: 0o640)
        let receipts = try spool.receipts(for: file.partner.name)
        try receipts.write(document, to: file.receiptName, by: FileName(".new.\(file.id)"), mode: 0o640)
        try receipts.sync()
        try home.sync()
        let archive = receipt.rejection == nil ? spool.done : spool.rejected
        let day = try SpoolDirectory.day(receipt.finishedAt, in: archive)
        try spool.work.move(file.directoryName, to: day, as: file.archiveName)
        return day
    }

    /// Waits until the file's last place is on the disk, and removes what was needed only until then.
    ///
    /// - Throws: `FileError`, `PostgresError`: then it is to be called again.
    nonisolated(nonsending) func tidy(_ receipt: Receipt, in day: Directory) async throws {
        try day.sync()
        try spool.work.sync()
        try spool.work.remove(receipt.file.copyName)
        try spool.work.remove(receipt.file.copyName + ".part")
        if receipt.isRetry { try day.directory(receipt.file.archiveName).remove(RetryNote.name) }
        if receipt.refused > 0 { try await store.forgetRejects(of: receipt.file.id) }
    }

    private static let temporary: FileName = ".new."
    private static let temporaryNumbers: FileName = ".new.refused"

    /// Writes the refused records, as they stood in the file, into one that can be mended and dropped.
    ///
    /// - Returns: The first of what is wrong with them.
    private nonisolated(nonsending) func writeRejects(
        of receipt: Receipt, from text: OpenFile, _ format: RecordFormat, into home: Directory
    ) async throws -> [FileFault] {
        let file = receipt.file
        let numbers = try home.create(Self.temporaryNumbers, mode: 0o600)
        let rejects = try home.create(Self.temporary, mode: 0o640)
        var writer = try RejectsWriter(format, from: text, to: rejects)
        var errors: [FileFault] = []
        var last = 0
        while true {
            let page = try await store.rejects(of: file.id, after: last, limit: 1_000)
            try numbers.write(RefusedNumbers.text(of: page))
            for record in page {
                try writer.append(record.place)
                if errors.count < Reason.maximumErrors { errors += record.fileFaults }
                last = record.place.number
            }
            if page.count < 1_000 { break }
        }
        try writer.finish()
        try rejects.sync()
        try home.replace(FileName("rejects.\(format.rejectsExtension)"), with: Self.temporary)
        try numbers.sync()
        try home.replace(RefusedNumbers.name, with: Self.temporaryNumbers)
        return errors
    }

    /// Nothing of it is refused any more.
    private func removeReason(of file: ClaimedFile, in home: Directory) throws(FileError) {
        for name in ClaimedFile.ours where name != ClaimedFile.receipt { try home.remove(name) }
        try home.remove(RefusedNumbers.name)
    }
}

extension RefusedRecord {
    var fileFaults: [FileFault] {
        faults.map { FileFault(record: place.number, line: place.line, byte: place.start, fault: $0) }
    }
}
