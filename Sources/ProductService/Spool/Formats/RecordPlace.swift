/// Where one order stands in its file.
struct RecordPlace: Sendable, Hashable {
    /// Counted from 1.
    let number: Int
    /// Of its first byte, counted from 1.
    let line: Int
    /// Its bytes, as a file of rejects takes them over; the next record is looked for from `end`.
    let start: Int64
    let end: Int64
}

/// How far a file was read: everything before `offset` is behind.
struct Checkpoint: Sendable, Hashable {
    var offset: Int64
    /// How many records are behind.
    var records: Int
    /// The line that `offset` is in, counted from 1.
    var line: Int

    static let start = Checkpoint(offset: 0, records: 0, line: 1)
}
