import AdminChannel
import Commerce

extension SpoolDesk {
    /// What the end of an imported file means to who imported it: `ok` if all its orders are taken, now or before.
    ///
    /// - Parameter view: Of a file that is ended or held.
    func end(ofImport view: FileView) async throws -> AdminEnd {
        let entry = view.entry
        if entry.state == .held {
            return AdminEnd(.wrongState, "it is held: \(entry.reason ?? ""); spool release \(entry.id) lets it go on")
        }
        if case .string(let first)? = view.receipt?["duplicateOf"] { return try await end(ofDuplicateOf: first) }
        let counts = entry.counts ?? SpoolEntry.Counts(accepted: 0, refused: 0, duplicates: 0)
        let before = counts.duplicates > 0 ? ", \(counts.duplicates) had been taken before" : ""
        guard entry.state == .rejected else { return .ok("\(counts.accepted) orders are taken\(before)") }
        guard counts.refused > 0 else {
            return AdminEnd(.failed, "refused, \(entry.reason ?? ""): \(view.hint ?? ""); the file is in \(view.path)")
        }
        return AdminEnd(
            .failed,
            "\(counts.refused) of \(counts.records) orders are refused, \(counts.accepted) are taken\(before); mend and "
                + "import the rejects in \(view.path)")
    }

    private func end(ofDuplicateOf first: String) async throws -> AdminEnd {
        let same = "duplicate: the same bytes came before, as \(first); nothing has changed"
        let refused = try await counts(of: first)?.refused ?? 0
        guard refused > 0 else { return .ok(same) }
        return AdminEnd(.failed, "\(same), and \(refused) of its orders were refused: spool show \(first)")
    }
}
