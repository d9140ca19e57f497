import Files
import Logging

/// Goes through `work/` before anything new is claimed: what an earlier run left there is gone on with.
struct SpoolRecovery {
    let spool: SpoolDirectory
    let configuration: SpoolConfiguration
    let logger: Logger

    /// - Returns: The files to be brought to their end.
    /// - Throws: `FileError`.
    func recover() throws -> [ClaimedFile] {
        var files: [ClaimedFile] = []
        for name in try spool.work.names() {
            if name.hasPrefix("copy.") { continue }
            guard let (_, partner) = ClaimedFile.owner(of: name), let home = try? spool.work.directory(name) else {
                logger.warning("Something in work/ is not productd's", metadata: ["file": "\(name)"])
                continue
            }
            let names = try home.names()
            let ways = configuration.named[partner] ?? configuration.ways
            if let file = ClaimedFile(directoryName: name, names: names, ways: { _ in ways }) {
                files.append(file)
            } else {
                try giveBack(names, from: home, to: partner)
                try spool.work.removeDirectory(name)
            }
        }
        try removeCopies(except: files)
        return files.sorted { $0.id < $1.id }
    }

    /// The claim had come as far as the marker, which goes back to the file that it belongs to.
    private func giveBack(_ markers: [FileName], from home: Directory, to partner: String) throws {
        for marker in markers {
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
