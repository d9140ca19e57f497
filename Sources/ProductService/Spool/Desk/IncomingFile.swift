import Crypto
import Daemon
import Files
import Logging
import Threads

/// A file that an operator is sending: `work/import.<id>` until it is whole, and then claimed by one rename, like one that
/// was dropped.
///
/// Until it is claimed nothing of it counts: a daemon that is killed removes it at its next start. Once it is claimed its
/// sender is not needed any more.
actor IncomingFile {
    private let executor: ThreadExecutor
    private let parts: SpoolParts
    /// What it will be.
    nonisolated let file: ClaimedFile
    private let temporaryName: FileName
    private let content: OpenFile
    private var hash = SHA256()
    private var unsynced = 0

    static let namePrefix = "import."
    /// As much as a disk writes in a moment: more would keep its sender waiting without a word, in the end.
    private static let mostUnsynced = 32 << 20

    /// - Throws: `FileError`.
    init(_ file: ClaimedFile, parts: SpoolParts, on executor: ThreadExecutor) throws {
        self.executor = executor
        self.parts = parts
        self.file = file
        temporaryName = FileName("\(Self.namePrefix)\(file.id)")
        content = try parts.directory.work.create(temporaryName, mode: 0o600)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Throws: `FileError`: then it can't become whole any more.
    func append(_ bytes: [UInt8]) throws {
        try content.write(bytes)
        hash.update(data: bytes)
        unsynced += bytes.count
        if unsynced >= Self.mostUnsynced {
            try content.sync()
            unsynced = 0
        }
    }

    /// Claims it: it is on the disk, and the lanes have it, when this returns.
    ///
    /// - Returns: The SHA-256 of its bytes; `nil` while files may not be claimed, which is to be asked again.
    /// - Throws: `FileError`. Whether it is claimed all the same, ``SpoolJobs/isClaimed(_:)`` knows.
    func claim() throws -> [UInt8]? {
        try content.sync()
        return try parts.writing.intake.ingest.pass {
            try move()
            return Array(hash.finalize())
        }
    }

    private func move() throws {
        let work = parts.directory.work
        try work.makeDirectory(file.directoryName, mode: 0o700)
        do {
            try work.move(temporaryName, to: work.directory(file.directoryName), as: file.storedName)
        } catch {
            try work.removeDirectory(file.directoryName)
            throw error
        }
        defer { parts.jobs.admit(file, patience: parts.configuration.patience) }
        try Claim(spool: parts.directory, limits: parts.configuration.limits).sync(file)
    }

    /// Removes what came of it, unless it is claimed.
    func abandon() {
        do {
            try parts.directory.work.remove(temporaryName)
        } catch {
            parts.logger.warning(
                "A file that did not come whole is left over until the next start", metadata: ["error": "\(error)"])
        }
    }
}
