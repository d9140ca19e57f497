import AdminChannel
import Commerce
import Files

// Removing files for good.

extension SpoolDesk {
    /// What would be lost with a file that may be discarded.
    ///
    /// - Throws: `AdminEnd` for any other; `FileError`.
    func loss(of id: String) async throws -> FileLoss {
        var view = try await show(id, refused: 0)
        switch view.entry.state {
        case .waiting:
            throw AdminEnd(.wrongState, "it is its sender's until it is claimed: spool hold, then discard it")
        case .claimed: throw AdminEnd(.wrongState, "it is being worked on: spool hold, then discard it")
        case .done: throw AdminEnd(.wrongState, "its orders are taken; done/ is emptied by itself (SPOOL_RETENTION)")
        case .deferred where FileID(id) == nil:
            throw AdminEnd(.wrongState, "it is its sender's until it is claimed: spool hold, then discard it")
        case .deferred, .held, .rejected: break
        }
        if let unknown = view.unknown, view.entry.state != .rejected { throw AdminEnd(.wrongState, unknown) }
        if view.sha256 == nil { view.sha256 = try sha256(ofOriginal: id) }
        // How often it was tried changes by itself.
        if view.entry.state == .deferred { view.entry.reason = nil }
        return FileLoss(view.entry, sha256: view.sha256)
    }

    /// - Returns: `nil` for what is no file, or too large to be read through.
    private func sha256(ofOriginal id: String) throws -> String? {
        let (file, home): (ClaimedFile, Directory)
        switch try survey.find(id) {
        case .waiting: return nil
        case .inWork(let found): (file, home) = (found.file, found.home)
        case .ended(let receipt, _, let directory, _):
            let name = FileName("\(receipt.id).\(receipt.partner)")
            guard
                let found = ClaimedFile(
                    directoryName: name, names: try directory.names(), ways: parts.configuration.ways(of:))
            else { return nil }
            (file, home) = (found, directory)
        }
        guard try home.status(of: file.storedName).size <= parts.configuration.limits.fileBytes else { return nil }
        return try home.sha256(of: file.storedName)?.hexadecimal
    }

    /// Removes a file, unless something else would be lost than is meant.
    ///
    /// What is lost stands in the audit by now. One rename takes the file out of the spool's way, and is on the disk before
    /// anything is removed: killed before it, the file is where it was; killed after it, the next start does the rest.
    ///
    /// - Throws: `AdminEnd`; `FileError`; `PostgresError` when its row can't be closed now, which the next start does.
    func discard(_ id: String, meaning loss: FileLoss) async throws {
        let work = parts.directory.work
        let fileID: FileID
        switch try survey.find(id) {
        case .waiting: throw AdminEnd(.wrongState, "it is its sender's")
        case .inWork(let found):
            fileID = found.file.id
            let job = found.isHeld ? nil : try await withdraw(fileID)
            do {
                guard try await self.loss(of: found, meaning: loss) else { throw Self.hasChanged }
                let place = found.isHeld ? found.file.heldName : found.file.directoryName
                try work.move(place, to: work, as: found.file.discardedName)
            } catch {
                if let job { parts.jobs.putOff(job, for: .zero) }
                throw error
            }
            noteStuck()
        case .ended(let receipt, _, _, let day):
            fileID = receipt.id
            guard !parts.jobs.isClaimed(fileID), try await self.loss(of: id) == loss else { throw Self.hasChanged }
            try day.move(FileName("\(fileID)"), to: work, as: ClaimedFile.discardedName(of: fileID))
            try day.sync()
        }
        try work.sync()
        try await finishDiscarding(fileID)
    }

    private static let hasChanged = AdminEnd(.wrongState, "it has changed since; ask again what would be lost")

    /// Whether what would be lost is still the same, now that no lane can change it.
    private func loss(of found: SpoolSurvey.InWork, meaning loss: FileLoss) async throws -> Bool {
        let row = try await parts.writing.store.progress(of: [found.file.id])[found.file.id]
        let counts = row?.counts ?? SpoolEntry.Counts(accepted: 0, refused: 0, duplicates: 0)
        return loss.document["accepted"] == .number("\(counts.accepted)")
            && loss.document["refused"] == .number("\(counts.refused)")
            && loss.document["duplicates"] == .number("\(counts.duplicates)")
    }

    /// Closes the row of a file that is out of the way, and removes it.
    ///
    /// - Throws: `FileError`, `PostgresError`: then it is to be called again.
    func finishDiscarding(_ id: FileID) async throws {
        let work = parts.directory.work
        let name = ClaimedFile.discardedName(of: id)
        guard let home = try? work.directory(name) else { return }
        // Tried again, its row counts from the start: what was taken the first time has its effect all the same.
        let hadEffect = try home.openIfThere(RefusedNumbers.name) != nil
        try await parts.writing.store.close(id, hadEffect: hadEffect)
        try work.remove(FileName("copy.\(id)"))
        try work.remove(FileName("copy.\(id).part"))
        try work.removeTree(name)
    }
}
