import Commerce
import Crypto
import Files

/// What would be lost with a file: shown before it is discarded, and kept in the audit.
struct FileLoss: Sendable, Hashable {
    /// As it stands in the audit.
    let document: JSON

    init(_ entry: SpoolEntry, sha256: String?) {
        document = entry.auditDetail(sha256: sha256)
    }

    /// What must be said to lose just this.
    var token: String {
        var writer = JSONWriter()
        writer.value(document)
        return Array(SHA256.hash(data: writer.bytes).prefix(6)).hexadecimal
    }
}

extension SpoolEntry {
    /// What the audit keeps of a file.
    func auditDetail(sha256: String?) -> JSON {
        func number(_ value: (some BinaryInteger)?) -> JSON { value.map { .number(String($0)) } ?? .null }
        func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
        return .object([
            JSON.Member("id", .string(id)), JSON.Member("partner", .string(partner)),
            JSON.Member("name", .string(name)), JSON.Member("state", .string(state.rawValue)),
            JSON.Member("sha256", text(sha256)), JSON.Member("sizeBytes", number(size)),
            JSON.Member("records", number(counts?.records)), JSON.Member("accepted", number(counts?.accepted)),
            JSON.Member("refused", number(counts?.refused)), JSON.Member("duplicates", number(counts?.duplicates)),
            JSON.Member("receivedAt", .string(received.rfc3339)), JSON.Member("why", text(reason)),
        ])
    }
}
