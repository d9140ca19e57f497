import Commerce
import FoundationEssentials
import Postgres

/// A file as the database knows it: how far it has come, and what became of its records.
struct FileRow: Sendable {
    enum State: String, Sendable {
        /// Its orders are being written.
        case open
        /// All of it that can take effect has.
        case done
        /// Nothing of it has any effect.
        case rejected
    }

    let id: FileID
    let sha256: [UInt8]
    let format: String
    let state: State
    let checkpoint: Checkpoint
    let accepted: Int
    let refused: Int
    let duplicates: Int
    /// Which time of being tried again this is about; `nil` for the first time.
    let retry: RetryID?

    /// The columns that ``init(_:)`` reads, in its order.
    static let columns =
        "id, sha256, format, state, text_offset, text_line, records, accepted, refused, duplicates, "
        + "retry"

    init(_ row: Row) throws {
        let (id, sha256, format, state, offset, line, records, accepted, refused, duplicates, retry) = try row.decode(
            UUID.self, [UInt8].self, String.self, String.self, Int64.self, Int64.self, Int64.self, Int64.self,
            Int64.self, Int64.self, UUID?.self)
        self.id = FileID(id)
        self.sha256 = sha256
        self.format = format
        // The table's CHECK knows the same three words.
        self.state = State(rawValue: state) ?? .open
        checkpoint = Checkpoint(offset: offset, records: Int(records), line: Int(line))
        self.accepted = Int(accepted)
        self.refused = Int(refused)
        self.duplicates = Int(duplicates)
        self.retry = retry.map { RetryID($0) }
    }

    var counts: SpoolEntry.Counts {
        SpoolEntry.Counts(accepted: accepted, refused: refused, duplicates: duplicates)
    }
}
