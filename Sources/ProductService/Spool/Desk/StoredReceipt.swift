import Commerce
import Files
import FoundationEssentials

/// A `receipt.json`, read back.
struct StoredReceipt: Sendable {
    let document: JSON
    let id: FileID
    let partner: String
    let name: String
    let size: Int64
    /// In hexadecimal digits.
    let sha256: String?
    let received: Date
    let finished: Date
    let outcome: String
    let counts: SpoolEntry.Counts
    let duplicateOf: String?
    let code: String?
    let hint: String?

    /// How large a receipt or a reason may be to be read: a hundred errors are a tenth of it.
    static let maximumSize = 1 << 20

    /// - Returns: `nil` for anything that is no receipt.
    init?(_ bytes: [UInt8]) {
        guard let document = try? JSON.parse(bytes).value else { return nil }
        var reader = ObjectReader(document, at: .root)
        let counts = reader.object("orders") { orders -> SpoolEntry.Counts? in
            guard let accepted = orders.integer("accepted", in: 0...Int.max),
                let refused = orders.integer("refused", in: 0...Int.max),
                let duplicates = orders.integer("duplicates", in: 0...Int.max)
            else { return nil }
            return SpoolEntry.Counts(accepted: accepted, refused: refused, duplicates: duplicates)
        }
        guard let id: FileID = reader.identifier("id"), let partner = reader.string("partner"),
            let name = reader.string("originalName", maximumLength: 1_100),
            let size = reader.integer("size", in: 0...Int.max),
            let received = reader.string("receivedAt").flatMap({ Date(rfc3339: $0) }),
            let finished = reader.string("finishedAt").flatMap({ Date(rfc3339: $0) }),
            let outcome = reader.string("outcome"), let counts
        else { return nil }
        self.document = document
        self.id = id
        self.partner = partner
        self.name = name
        self.size = Int64(size)
        self.received = received
        self.finished = finished
        self.outcome = outcome
        self.counts = counts
        sha256 = reader.string("sha256")
        duplicateOf = reader.string("duplicateOf")
        code = reader.string("code")
        hint = reader.string("hint")
    }

    /// - Returns: `nil` where there is none, or one that can't be read.
    init?(in home: Directory) {
        guard let bytes = try? home.contents(of: ClaimedFile.receipt, atMost: Self.maximumSize) else { return nil }
        self.init(bytes)
    }
}
