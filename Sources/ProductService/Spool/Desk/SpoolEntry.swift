import Commerce
import Files
import FoundationEssentials

/// A file of the spool, as operators see it.
struct SpoolEntry: Sendable {
    /// Where it is on its way.
    enum State: String, Sendable, CaseIterable {
        /// In its drop directory.
        case waiting
        /// Tried, put off, and to be tried again: in its drop directory or in `work/`.
        case deferred
        /// In `work/`.
        case claimed
        /// In `work/`, and left alone until an operator releases it.
        case held
        case done
        /// As a whole or in part.
        case rejected
    }

    /// What became of its orders, up to now.
    struct Counts: Sendable, Hashable {
        var accepted: Int
        var refused: Int
        var duplicates: Int

        var records: Int { accepted + refused + duplicates }
    }

    /// A UUID from the claim on, `partner/name` before.
    let id: String
    let partner: String
    let name: String
    var state: State
    /// Of the file as it came; `nil` where it can't be told.
    var size: Int64?
    var outcome: String?
    /// `nil` where it is not known.
    var counts: Counts?
    /// When it was claimed, or last changed before that.
    let received: Date
    var ended: Date?
    var reason: String?

    var age: Age { Age(milliseconds: Int64(received.timeIntervalSince1970 * 1_000), id: id) }
}

extension SpoolEntry {
    /// A file in a drop directory.
    init(waiting arrival: SpoolJobs.Arrival, _ status: FileStatus) {
        id = Self.id(of: arrival)
        partner = arrival.partner.name
        name = "\(arrival.name)"
        state = .waiting
        size = status.size
        received = status.changed.date
    }

    /// A file in `work/`.
    init(_ file: ClaimedFile, _ state: State, _ status: FileStatus?) {
        id = "\(file.id)"
        partner = file.partner.name
        name = "\(file.originalName)"
        self.state = state
        size = status?.size
        received = file.receivedAt
    }

    /// A file that is ended.
    init(_ receipt: StoredReceipt, _ state: State) {
        id = "\(receipt.id)"
        partner = receipt.partner
        name = receipt.name
        self.state = state
        size = receipt.size
        outcome = receipt.outcome
        counts = receipt.counts
        received = receipt.received
        ended = receipt.finished
        reason = receipt.code ?? receipt.duplicateOf.map { "the same bytes as \($0)" }
    }

    static func id(of arrival: SpoolJobs.Arrival) -> String { "\(arrival.partner.name)/\(arrival.name)" }
}

extension FileStatus.Time {
    var date: Date { Date(timeIntervalSince1970: Double(seconds) + Double(nanoseconds / 1_000_000) / 1_000) }
}
