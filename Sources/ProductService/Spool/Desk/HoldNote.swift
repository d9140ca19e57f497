import Commerce
import Files
import FoundationEssentials

/// Why an operator holds a file: `.held` in its directory.
struct HoldNote: Sendable {
    let at: Date
    let userID: Int
    let reason: String

    static let name: FileName = ".held"

    init(at: Date, userID: Int, reason: String) {
        self.at = at
        self.userID = userID
        self.reason = reason
    }

    /// - Returns: `nil` where there is none, or one that can't be read.
    init?(in home: Directory) {
        guard let bytes = try? home.contents(of: Self.name, atMost: StoredReceipt.maximumSize),
            let document = try? JSON.parse(bytes).value
        else { return nil }
        var reader = ObjectReader(document, at: .root)
        guard let at = reader.string("heldAt").flatMap({ Date(rfc3339: $0) }),
            let userID = reader.integer("uid", in: 0...Int(UInt32.max)),
            let reason = reader.string("reason", maximumLength: 64 << 10)
        else { return nil }
        self.init(at: at, userID: userID, reason: reason)
    }

    /// Writes it, and waits until it is on the disk.
    ///
    /// - Throws: `FileError`.
    func write(in home: Directory) throws(FileError) {
        let document = JSONWriter.object { json in
            json.name("heldAt")
            json.date(at)
            json.name("uid")
            json.integer(userID)
            json.name("reason")
            json.string(reason)
        }
        try home.write(document + [UInt8(ascii: "\n")], to: Self.name, by: ".new.held", mode: 0o600)
        try home.sync()
    }
}
