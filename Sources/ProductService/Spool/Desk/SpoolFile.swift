import AdminChannel
import Commerce
import Files

/// Where the file is that an operator means.
enum SpoolFile {
    /// In its drop directory.
    case waiting(SpoolJobs.Arrival, FileStatus)
    /// In `work/`, held by an operator or not.
    case inWork(SpoolSurvey.InWork)
    /// In `done/` or `rejected/`.
    case ended(StoredReceipt, SpoolEntry.State, home: Directory, day: Directory)
}

extension SpoolSurvey {
    /// - Parameter id: A UUID, or `partner/name` for a file that is not claimed yet.
    /// - Throws: `AdminEnd` with `usage` or `not-found`; `FileError`.
    func find(_ id: String) throws -> SpoolFile {
        if let id = FileID(id) { return try find(id) }
        guard let slash = id.firstIndex(of: "/"), Partner.isName(String(id[..<slash])) else {
            throw AdminEnd(.usage, "id must be a file's UUID, or partner/name for one that waits in drop/")
        }
        var found: SpoolFile?
        try forEachWaiting(of: String(id[..<slash])) { arrival, status in
            if SpoolEntry.id(of: arrival) == id { found = .waiting(arrival, status) }
        }
        guard let found else {
            throw AdminEnd(.notFound, "no such file waits; a claimed one has a UUID: spool list")
        }
        return found
    }

    private func find(_ id: FileID) throws -> SpoolFile {
        if let found = try claimedFiles().first(where: { $0.file.id == id }) { return .inWork(found) }
        for (state, archive) in [(SpoolEntry.State.rejected, spool.rejected), (.done, spool.done)] {
            guard let (day, home) = try ArchiveShelf(archive: archive).find(id) else { continue }
            guard let receipt = StoredReceipt(in: home) else {
                throw AdminEnd(.wrongState, "\(home.path) has no legible receipt.json")
            }
            return .ended(receipt, state, home: home, day: day)
        }
        throw AdminEnd(.notFound, "the spool has no file \(id); done/ is kept for a while only")
    }
}

extension SpoolDesk {
    /// Where a file stands in the order of all.
    ///
    /// - Throws: `AdminEnd`; `FileError`.
    func age(of id: String) throws -> Age {
        if let id = FileID(id) { return id.age }
        guard case .waiting(let arrival, let status) = try survey.find(id) else {
            throw AdminEnd(.notFound, "no such file waits")
        }
        return SpoolEntry(waiting: arrival, status).age
    }
}
