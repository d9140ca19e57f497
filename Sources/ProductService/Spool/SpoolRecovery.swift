import Files
import Logging

/// Goes through `work/` before anything new is claimed: what an earlier run left there is gone on with.
struct SpoolRecovery {
    let spool: SpoolDirectory
    let configuration: SpoolConfiguration
    let logger: Logger

    /// - Throws: `FileError`.
    func recover() throws -> SpoolLeftovers {
        var leftovers = SpoolLeftovers()
        for name in try spool.work.names() {
            if name.hasPrefix("copy.") { continue }
            // It had not come whole, and whoever sent it was not told otherwise.
            if name.hasPrefix(IncomingFile.namePrefix) {
                try spool.work.remove(name)
                continue
            }
            if let id = ClaimedFile.discarded(directoryName: name) {
                leftovers.discarded.append(id)
                continue
            }
            guard let (_, partner) = ClaimedFile.owner(of: name), let home = try? spool.work.directory(name) else {
                logger.warning("Something in work/ is not productd's", metadata: ["file": "\(name)"])
                continue
            }
            let names = try home.names()
            if let file = ClaimedFile(directoryName: name, names: names, ways: configuration.ways(of:)) {
                if name == file.heldName {
                    leftovers.held.append(file)
                } else {
                    // Holding it had not come far enough, or releasing it had.
                    if names.contains(HoldNote.name) { try home.remove(HoldNote.name) }
                    leftovers.files.append(file)
                }
            } else {
                try giveBack(names, from: home, to: partner)
                try spool.work.removeDirectory(name)
            }
        }
        try removeCopies(except: leftovers.files + leftovers.held)
        leftovers.files.sort { $0.id < $1.id }
        return leftovers
    }

    /// The claim had come as far as the marker, which goes back to the file that it belongs to.
    private func giveBack(_ markers: [FileName], from home: Directory, to partner: String) throws {
        for marker in markers {
            // Ours: no dropped file's name begins with a dot.
            if marker.hasPrefix(".") {
                try home.remove(marker)
                continue
            }
            do {
                let drop = try spool.drop().directory(FileName(partner))
                try home.move(marker, to: drop, as: marker)
            } catch {
                guard error.isMissing || error.isTaken else { throw error }
                // The partner is gone, or has sent another one.
                try home.remove(marker)
            }
        }
    }

    /// Copies whose file is ended, or was never read to its end.
    private func removeCopies(except files: [ClaimedFile]) throws {
        let kept = Set(files.map(\.copyName))
        for name in try spool.work.names() where name.hasPrefix("copy.") && !kept.contains(name) {
            try spool.work.remove(name)
        }
    }
}

/// What an earlier run left in `work/`.
struct SpoolLeftovers: Sendable {
    /// To be brought to their end, in the order in which they were claimed.
    var files: [ClaimedFile] = []
    /// To be left alone until they are released.
    var held: [ClaimedFile] = []
    /// Taken out of the way already, and still to be removed.
    var discarded: [FileID] = []
}
