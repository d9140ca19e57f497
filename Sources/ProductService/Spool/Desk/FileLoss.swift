import Commerce
import Crypto
import Files

/// What would be lost with a file: shown before it is discarded, and kept in the audit.
struct FileLoss: Sendable, Hashable {
    /// As it stands in the audit.
    let document: JSON

    init(_ entry: SpoolEntry, sha256: String?) {
        func number(_ value: (some BinaryInteger)?) -> JSON { value.map { .number(String($0)) } ?? .null }
        func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
        document = .object([
            JSON.Member("id", .string(entry.id)), JSON.Member("partner", .string(entry.partner)),
            JSON.Member("name", .string(entry.name)), JSON.Member("state", .string(entry.state.rawValue)),
            JSON.Member("sha256", text(sha256)), JSON.Member("sizeBytes", number(entry.size)),
            JSON.Member("records", number(entry.counts?.records)),
            JSON.Member("accepted", number(entry.counts?.accepted)),
            JSON.Member("refused", number(entry.counts?.refused)),
            JSON.Member("duplicates", number(entry.counts?.duplicates)),
            JSON.Member("receivedAt", .string(entry.received.rfc3339)), JSON.Member("why", text(entry.reason)),
        ])
    }

    /// What must be said to lose just this.
    var token: String {
        var writer = JSONWriter()
        writer.value(document)
        return Array(SHA256.hash(data: writer.bytes).prefix(6)).hexadecimal
    }
}
