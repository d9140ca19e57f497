/// Cuts a file into records, one after the other, in bounded memory: one for each way in which files are cut.
protocol RecordSource: AnyObject {
    /// Behind the last record that was given.
    var checkpoint: Checkpoint { get }

    /// The next record, or `nil` at the end, which must be one that the format has.
    ///
    /// - Throws: ``FormatError``; `FileError`.
    func next() throws -> RawRecord?
}

/// A record as it stands in its file.
struct RawRecord {
    let place: RecordPlace
    let content: Content

    enum Content {
        case json([UInt8])
        case rows(OrderRows)
        /// It could be told from the others, and no more.
        case fault(RecordFault)
    }
}
