import Commerce
import Files
import FoundationEssentials

/// What became of a file, for whoever dropped it.
struct Receipt: Sendable {
    let file: ClaimedFile
    let size: Int64
    /// `nil` for a file that was refused before it was read.
    let sha256: [UInt8]?
    let finishedAt: Date
    let outcome: SpoolMetrics.Outcome
    var accepted = 0
    var refused = 0
    var duplicates = 0
    var duplicateOf: FileID?
    var rejection: Rejection?
    /// Whether it was ended before, and tried again.
    var isRetry = false

    /// A file that was read to its end.
    init(_ file: ClaimedFile, size: Int64, row: FileRow, at now: Date) {
        self.init(
            file, size: size, sha256: row.sha256,
            outcome: row.state == .rejected ? .rejected : row.refused > 0 ? .partly : .accepted, at: now)
        accepted = row.accepted
        refused = row.refused
        duplicates = row.duplicates
        if refused > 0 { rejection = Rejection(.commit, .ordersRefused) }
    }

    init(_ file: ClaimedFile, size: Int64, sha256: [UInt8], duplicateOf first: FileRow, at now: Date) {
        self.init(file, size: size, sha256: sha256, outcome: .duplicate, at: now)
        duplicateOf = first.id
        duplicates = first.accepted + first.duplicates
    }

    /// - Parameter known: What became of its orders when it was tried before: that stands.
    init(
        _ file: ClaimedFile, size: Int64, sha256: [UInt8]?, rejection: Rejection, known: FileRow?, at now: Date
    ) {
        let hasEffect = known.map { $0.accepted + $0.duplicates > 0 } ?? false
        self.init(
            file, size: size, sha256: known?.sha256 ?? sha256, outcome: hasEffect ? .partly : .rejected, at: now)
        accepted = known?.accepted ?? 0
        refused = known?.refused ?? 0
        duplicates = known?.duplicates ?? 0
        self.rejection = rejection
    }

    private init(_ file: ClaimedFile, size: Int64, sha256: [UInt8]?, outcome: SpoolMetrics.Outcome, at now: Date) {
        self.file = file
        self.size = size
        self.sha256 = sha256
        self.outcome = outcome
        finishedAt = now
    }

    var document: [UInt8] {
        JSONWriter.object { json in
            json.name("schema")
            json.integer(1)
            json.fileMembers(of: self)
            json.name("receivedAt")
            json.date(file.receivedAt)
            json.name("finishedAt")
            json.date(finishedAt)
            json.name("outcome")
            json.string(outcome.rawValue)
            json.name("orders")
            json.object { json in
                json.name("accepted")
                json.integer(accepted)
                json.name("refused")
                json.integer(refused)
                json.name("duplicates")
                json.integer(duplicates)
            }
            if let duplicateOf {
                json.name("duplicateOf")
                json.identifier(duplicateOf)
            }
            if let rejection {
                json.name("code")
                json.string(rejection.code.rawValue)
                json.name("hint")
                json.string(rejection.code.hint)
            }
        } + [UInt8(ascii: "\n")]
    }
}

extension JSONWriter {
    /// What receipt and reason say of the file itself.
    mutating func fileMembers(of receipt: Receipt) {
        name("id")
        identifier(receipt.file.id)
        name("partner")
        string(receipt.file.partner.name)
        name("originalName")
        string("\(receipt.file.originalName)")
        name("size")
        integer(receipt.size)
        name("sha256")
        if let sha256 = receipt.sha256 {
            string(sha256.hexadecimal)
        } else {
            null()
        }
    }
}
