import Files
import FoundationEssentials
import Logging
import Threads

/// One thread for what is done before and beside the work: opening the spool, finding what an earlier run left in the
/// middle, and deleting what is old.
actor SpoolCustodian {
    private let executor: ThreadExecutor
    private let configuration: SpoolConfiguration
    private let logger: Logger

    init(configuration: SpoolConfiguration, logger: Logger) throws {
        executor = try ThreadExecutor(name: "spool-custodian")
        self.configuration = configuration
        self.logger = logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Returns: The spool, and what an earlier run left in `work/`.
    /// - Throws: `FileError`; ``SpoolIsTaken``.
    func open(_ path: String) throws -> (SpoolDirectory, SpoolLeftovers) {
        let spool = try SpoolDirectory(path: path, partners: configuration.named.keys.sorted())
        let leftovers = try SpoolRecovery(spool: spool, configuration: configuration, logger: logger).recover()
        if !leftovers.files.isEmpty {
            logger.notice("Files are gone on with", metadata: ["files": "\(leftovers.files.count)"])
        }
        if !leftovers.held.isEmpty {
            logger.notice("Files are held until released", metadata: ["files": "\(leftovers.held.count)"])
        }
        return (spool, leftovers)
    }

    /// Deletes what is old in `done/` and `receipts/`.
    func deleteOld(in spool: SpoolDirectory) {
        do {
            let retention = SpoolRetention(spool: spool, retention: configuration.retention, logger: logger)
            try retention.sweep(at: .now)
        } catch {
            logger.warning("Old files could not be deleted", metadata: ["error": "\(error)"])
        }
    }
}
