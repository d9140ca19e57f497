import Commerce
import Files
import FoundationEssentials
import Logging

/// Deletes what is old in `done/` and `receipts/`. Nothing in `rejected/` is ever deleted: somebody has to look at it.
struct SpoolRetention {
    let spool: SpoolDirectory
    let retention: Duration
    let logger: Logger

    /// - Throws: `FileError`.
    func sweep(at now: Date) throws {
        let oldest = now.addingTimeInterval(-Double(retention.components.seconds))
        // A day goes when its last moment is old enough.
        let oldestDay = FileName(String(oldest.addingTimeInterval(-86_400).rfc3339.prefix(10)))
        var removed = 0
        for day in try spool.done.names() where day.bytes.lexicographicallyPrecedes(oldestDay.bytes) {
            try spool.done.removeTree(day)
            removed += 1
        }
        for partner in try spool.receipts.names() {
            removed += try sweepReceipts(in: spool.receipts.directory(partner), before: oldest)
        }
        if removed > 0 { logger.info("Old files were deleted from the spool", metadata: ["entries": "\(removed)"]) }
    }

    private func sweepReceipts(in directory: Directory, before oldest: Date) throws -> Int {
        var old: [FileName] = []
        try directory.forEachName { name in
            let status = try directory.status(of: name)
            if Double(status.modified.seconds) < oldest.timeIntervalSince1970 { old.append(name) }
            return true
        }
        for name in old { try directory.remove(name) }
        return old.count
    }
}
