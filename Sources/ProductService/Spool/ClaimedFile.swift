import Commerce
import Files
import FoundationEssentials

/// What a ``FileID`` identifies.
enum FileKind {}
/// A file of the spool, from its claim on; ids rise with time.
typealias FileID = Identifier<FileKind>

/// A file that was moved out of its partner's reach: from here on it is ours to bring to an end.
///
/// All that is known of it is in the names that it has, so a crash forgets nothing: `work/<id>.<partner>/<name>`.
struct ClaimedFile: Sendable, Hashable {
    let id: FileID
    let partner: Partner
    /// The name in the spool.
    let storedName: FileName
    let directoryName: FileName

    init(id: FileID, partner: Partner, originalName: FileName) {
        self.init(id: id, partner: partner, storedName: Self.storedName(for: originalName))
    }

    private init(id: FileID, partner: Partner, storedName: FileName) {
        self.id = id
        self.partner = partner
        self.storedName = storedName
        directoryName = FileName("\(id).\(partner.name)")
    }

    /// The name under which it was dropped.
    var originalName: FileName {
        let bytes = storedName.bytes.dropFirst(Self.prefix.utf8.count)
        let isPrefixed = storedName.hasPrefix(Self.prefix) && Self.isReserved(FileName(bytes: Array(bytes)))
        return isPrefixed ? FileName(bytes: Array(bytes)) : storedName
    }

    /// When it was claimed.
    var receivedAt: Date { id.uuid.timestamp ?? .wholeMilliseconds }

    /// Instead of ``directoryName`` while an operator holds the file.
    var heldName: FileName { FileName("\(Self.heldPrefix)\(directoryName)") }
    /// Instead of either, once an operator has discarded the file and until it is removed.
    var discardedName: FileName { Self.discardedName(of: id) }
    /// The private copy, in `work/`.
    var copyName: FileName { FileName("copy.\(id)") }
    /// The directory in `done/` or `rejected/`.
    var archiveName: FileName { FileName("\(id)") }

    /// The receipt in `receipts/<partner>/`, as much of the file's name as fits before the id.
    var receiptName: FileName {
        let suffix = Array(".\(id).json".utf8)
        return FileName(bytes: Array(originalName.bytes.prefix(FileName.maximumLength - suffix.count)) + suffix)
    }

    // MARK: Names that are ours

    static let receipt: FileName = "receipt.json"
    static let reason: FileName = "reason.json"
    static let ours: Set<FileName> = [
        receipt, reason, "rejects.json", "rejects.ndjson", "rejects.csv",
    ]
    private static let prefix = "original."

    /// Whether a file of this name could be mistaken for one of ours in the same directory, or for one that was renamed
    /// for that reason.
    private static func isReserved(_ name: FileName) -> Bool {
        var bytes = name.bytes[...]
        while bytes.starts(with: prefix.utf8) { bytes = bytes.dropFirst(prefix.utf8.count) }
        return ours.contains(FileName(bytes: Array(bytes)))
    }

    private static func storedName(for name: FileName) -> FileName {
        guard isReserved(name), name.bytes.count + prefix.utf8.count <= FileName.maximumLength else { return name }
        return FileName(bytes: Array(prefix.utf8) + name.bytes)
    }

    // MARK: After a restart

    /// Reads an entry of `work/` back: `nil` for anything that is no claimed file's directory.
    ///
    /// - Parameter names: The names in that directory.
    init?(directoryName: FileName, names: [FileName], ways: (String) -> PartnerWays) {
        guard let (id, partner) = Self.owner(of: directoryName) else { return nil }
        let ways = ways(partner)
        // No dropped file's name begins with a dot.
        let own = names.filter { !Self.ours.contains($0) && !$0.hasPrefix(".") }
        // Of a file and its marker, the marker is the one whose name is the other's and an ending; alone, the marker is
        // there before its file.
        let isMarker = { (name: FileName) in
            ways.settle == .marker && Marker.file(markedBy: name) != nil
                || own.contains { Marker.names(for: $0).contains(name) }
        }
        guard let name = own.first(where: { !isMarker($0) }) else { return nil }
        self.init(id: id, partner: Partner(name: partner, ways: ways), storedName: name)
    }

    /// Whose directory this is, held or not.
    static func owner(of directoryName: FileName) -> (id: FileID, partner: String)? {
        var text = "\(directoryName)"
        if text.hasPrefix(heldPrefix) { text.removeFirst(heldPrefix.count) }
        guard let dot = text.firstIndex(of: "."), let id = FileID(String(text[..<dot])) else { return nil }
        let partner = String(text[text.index(after: dot)...])
        return Partner.isName(partner) ? (id, partner) : nil
    }

    private static let heldPrefix = "held."
    private static let discardedPrefix = "discarded."

    static func discardedName(of id: FileID) -> FileName { FileName("\(discardedPrefix)\(id)") }

    static func discarded(directoryName: FileName) -> FileID? {
        guard directoryName.hasPrefix(discardedPrefix) else { return nil }
        return FileID(String("\(directoryName)".dropFirst(discardedPrefix.count)))
    }
}
