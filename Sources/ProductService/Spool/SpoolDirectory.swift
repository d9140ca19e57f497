import Commerce
import Daemon
import Files
import FoundationEssentials
import Glibc

/// The spool's directories, open: one parent on one file system, so that a file goes from one to the next by renaming.
///
/// ```
/// drop/<partner>/            submitters write here, and cannot list, replace or delete what others wrote
/// work/<id>.<partner>/       what was claimed, a directory for each file
/// work/copy.<id>             its private, decompressed copy
/// work/import.<id>           what an operator is sending, until it is whole
/// done/YYYY-MM-DD/<id>/      the original and its receipt
/// rejected/YYYY-MM-DD/<id>/  the original, its receipt, the reason, and the records to mend
/// receipts/<partner>/        a receipt for each file
/// ```
struct SpoolDirectory: Sendable {
    let work: Directory
    let done: Directory
    let rejected: Directory
    let receipts: Directory
    private let root: Directory
    /// Held for as long as this lives: two daemons in one spool would take each other's files for their own leftovers.
    private let lock: OpenFile
    /// The group that submitters are in, where the machine has it.
    private let submitters: UInt32?

    /// Opens the spool, and makes what is missing of it.
    ///
    /// - Throws: `FileError`; ``SpoolIsTaken``.
    init(path: String, partners: [String]) throws {
        submitters = getgrnam("productd-drop").map { $0.pointee.gr_gid }
        if mkdir(path, 0o755) != 0, errno != EEXIST { throw FileError("mkdir", path) }
        root = try Directory.open(path)
        lock = try root.create(".lock", mode: 0o600)
        guard try lock.lock() else { throw SpoolIsTaken(path: path) }
        _ = try Self.open("drop", in: root, mode: 0o711)
        work = try Self.open("work", in: root, mode: 0o700)
        done = try Self.open("done", in: root, mode: 0o700)
        rejected = try Self.open("rejected", in: root, mode: 0o700)
        receipts = try Self.open("receipts", in: root, mode: 0o711)
        for partner in partners { try makeDropDirectory(for: partner) }
    }

    private static func open(_ name: FileName, in root: Directory, mode: UInt32) throws(FileError) -> Directory {
        let isNew = try root.makeDirectory(name, mode: mode)
        let directory = try root.directory(name)
        // An operator's own choice of a mode stands.
        if isNew { try directory.setPermissions(mode: mode, group: nil) }
        return directory
    }

    /// The parent of the drop directories, opened anew each time: an operator may put another one in its place.
    func drop() throws(FileError) -> Directory {
        try root.directory("drop")
    }

    /// Sticky and set-group-id, writable and not readable for the group: submitters can make and rename their own files.
    private func makeDropDirectory(for partner: String) throws(FileError) {
        let drop = try drop()
        guard try drop.makeDirectory(FileName(partner), mode: 0o1730) else { return }
        try open(drop.directory(FileName(partner)), mode: 0o3730)
    }

    /// Where a partner's receipts go; readable for submitters.
    func receipts(for partner: String) throws(FileError) -> Directory {
        let isNew = try receipts.makeDirectory(FileName(partner), mode: 0o750)
        let directory = try receipts.directory(FileName(partner))
        if isNew {
            try open(directory, mode: 0o2750)
            try receipts.sync()
        }
        return directory
    }

    /// Opens a directory to submitters; where the daemon is not of their group and so can't, an operator has to.
    private func open(_ directory: Directory, mode: UInt32) throws(FileError) {
        // Made in a setgid directory it has all of it; systemd's RestrictSUIDSGID= lets nobody ask for that bit.
        let status = try directory.status()
        if status.mode == mode, submitters == nil || status.group == submitters { return }
        do throws(FileError) {
            try directory.setPermissions(mode: mode, group: submitters)
        } catch {
            guard error.isRefusal else { throw error }
            try directory.setPermissions(mode: mode, group: nil)
        }
    }

    /// The directory for a day in UTC, in `done` or `rejected`.
    static func day(_ date: Date, in archive: Directory) throws(FileError) -> Directory {
        let name = FileName(String(date.rfc3339.prefix(10)))
        if try archive.makeDirectory(name, mode: 0o700) { try archive.sync() }
        return try archive.directory(name)
    }

    /// Where it is, for messages.
    var path: String { root.path }

    /// What the file system has left.
    func space() throws(FileError) -> FileSystemSpace {
        try FileSystemSpace(of: root)
    }
}

/// Another daemon works in the same spool.
struct SpoolIsTaken: Error, CustomStringConvertible {
    let path: String

    var description: String {
        "another productd works in \(path); give each its own spool.directory"
    }
}
