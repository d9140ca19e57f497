/// How far a file has come with the orders of one group: written in the transaction that writes them, or not at all.
struct FileProgress: Sendable {
    let fileID: FileID
    /// Where the group begins. If the file's row says otherwise, the group was written before and is not written again.
    let from: Checkpoint
    let to: Checkpoint
    /// Where each submission of the group stands, in their order.
    let places: [RecordPlace]
    /// The records between `from` and `to` that are no orders.
    let refused: [RefusedRecord]
    /// How many records between them were taken when the file was tried before.
    let taken: Int
    /// Whether nothing comes after it.
    let isLast: Bool
    /// Whether one refused order refuses the whole group, which then is the whole file.
    let takesAllOrNone: Bool
}

/// A record that was not taken, and all that stands in its way.
struct RefusedRecord: Sendable, Hashable {
    let place: RecordPlace
    let faults: [RecordFault]
}
