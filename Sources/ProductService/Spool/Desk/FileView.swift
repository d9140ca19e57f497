import AdminChannel
import Commerce
import Files

/// All that is known of one file.
struct FileView: Sendable {
    var entry: SpoolEntry
    /// Where it lies.
    let path: String
    var sha256: String?
    var hint: String?
    /// While an operator holds it.
    var note: HoldNote?
    /// Once it is ended.
    var receipt: JSON?
    /// What is wrong with it and its records, the first of it.
    var faults: [FileFault] = []
    /// What could not be asked.
    var unknown: String?
}

extension SpoolDesk {
    /// - Parameter limit: How many refused records are wanted.
    /// - Throws: `AdminEnd`; `FileError`.
    func show(_ id: String, refused limit: Int) async throws -> FileView {
        let survey = self.survey
        switch try survey.find(id) {
        case .waiting(let arrival, let status):
            let path = "\(parts.directory.path)/drop/\(SpoolEntry.id(of: arrival))"
            return FileView(entry: survey.waiting(arrival, status), path: path)
        case .inWork(let found):
            var view = FileView(entry: survey.entry(found), path: found.home.path(of: found.file.storedName))
            view.note = found.isHeld ? HoldNote(in: found.home) : nil
            await fillIn(&view, of: found.file, refused: limit)
            return view
        case .ended(let receipt, let state, let home, _):
            var view = FileView(entry: SpoolEntry(receipt, state), path: home.path)
            view.sha256 = receipt.sha256
            view.hint = receipt.hint
            view.receipt = receipt.document
            if let bytes = try? home.contents(of: ClaimedFile.reason, atMost: StoredReceipt.maximumSize),
                case .array(let errors)? = try? JSON.parse(bytes).value["errors"]
            {
                view.faults = errors.map { FileFault($0) }
                if limit > errors.count, receipt.counts.refused > errors.count {
                    view.unknown = "the others are in the file of rejects"
                }
            }
            return view
        }
    }

    /// Puts in what the database knows of a file that is under way.
    private func fillIn(_ view: inout FileView, of file: ClaimedFile, refused limit: Int) async {
        do {
            guard let row = try await parts.writing.store.progress(of: [file.id])[file.id] else {
                view.entry.counts = SpoolEntry.Counts(accepted: 0, refused: 0, duplicates: 0)
                return
            }
            view.entry.counts = row.counts
            view.sha256 = row.sha256.hexadecimal
            let rejects = try await parts.writing.store.rejects(of: file.id, after: 0, limit: limit)
            view.faults = rejects.flatMap(\.fileFaults)
        } catch {
            view.unknown = "how far it has come is not known, since the database does not say: \(error)"
        }
    }
}

extension [UInt8] {
    /// Two digits a byte.
    var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
