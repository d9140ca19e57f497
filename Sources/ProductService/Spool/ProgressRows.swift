import Commerce
import FoundationEssentials
import Postgres

/// The rows that a batch changes for the files in it: their checkpoints and counts, and the records that were refused.
struct ProgressRows {
    private var fileIDs: [UUID] = []
    private var offsets: [Int64] = []
    private var lines: [Int64] = []
    private var records: [Int64] = []
    private var accepted: [Int64] = []
    private var refused: [Int64] = []
    private var duplicates: [Int64] = []
    private var ended: [Bool] = []
    private var rejects: [(fileID: UUID, record: RefusedRecord)] = []

    /// Adds a file's progress.
    ///
    /// - Parameter outcomes: What became of the group's orders, in the order of its places.
    mutating func append(_ file: FileProgress, _ outcomes: [OrderOutcome]) {
        var counts = (accepted: 0, duplicates: file.taken)
        var refusedHere = file.refused
        for (outcome, place) in zip(outcomes, file.places) {
            switch outcome {
            case .accepted(let order) where order.isReplay: counts.duplicates += 1
            case .accepted: counts.accepted += 1
            case .refused(let refusal): refusedHere.append(RefusedRecord(place: place, faults: refusal.recordFaults))
            }
        }
        fileIDs.append(file.fileID.uuid)
        offsets.append(file.to.offset)
        lines.append(Int64(file.to.line))
        records.append(Int64(file.to.records))
        accepted.append(Int64(counts.accepted))
        refused.append(Int64(refusedHere.count))
        duplicates.append(Int64(counts.duplicates))
        ended.append(file.isLast)
        rejects += refusedHere.map { (file.fileID.uuid, $0) }
    }

    /// Hands the rows to the transaction; they travel together with its COMMIT.
    func enqueue(in transaction: Transaction, at now: Date) throws {
        guard !fileIDs.isEmpty else { return }
        try transaction.enqueue(
            FileStatements.advance, fileIDs, offsets, lines, records, accepted, refused, duplicates, ended, now)
        guard !rejects.isEmpty else { return }
        try transaction.enqueue(
            FileStatements.insertRejects, rejects.map(\.fileID), rejects.map { Int64($0.record.place.number) },
            rejects.map { Int64($0.record.place.line) }, rejects.map(\.record.place.start),
            rejects.map(\.record.place.end), rejects.map { JSONB(RecordFault.encode($0.record.faults)) })
    }
}
