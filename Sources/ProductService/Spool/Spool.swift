import Commerce
import Daemon
import Files
import FoundationEssentials
import Logging
import ServiceLifecycle
import Threads

/// Takes orders from files, with a mail server's care.
///
/// **A file that was claimed is never lost; each order in it takes effect once; a bad file is kept, with its reason, and
/// never blocks the next.**
///
/// The way of a file: ``SpoolWatcher`` notices it and sees that it has settled; a ``SpoolLane`` claims it (``Claim``),
/// copies it (``PrivateCopy``), validates it (`Formats/`), has its orders written (``FileWriting``) and ends it
/// (``Archive``). At the start ``SpoolRecovery`` finds what an earlier run left in the middle.
struct Spool: Service {
    private let configuration: SpoolConfiguration
    private let path: String
    private let writing: FileWriting
    private let door: SpoolDoor
    private let condition: SpoolCondition
    private let metrics: SpoolMetrics
    private let schema: Gate
    private let liveness: Liveness
    /// Opens when what an earlier run left in `work/` is found, or can't be for now.
    private let tried: Gate
    private let logger: Logger

    /// - Parameter door: Where operators come in.
    /// - Returns: `nil` where no directory is configured.
    init?(_ configuration: SpoolConfiguration, writing: FileWriting, door: SpoolDoor, on chassis: Chassis) {
        guard let path = configuration.directory else { return nil }
        self.path = path
        self.configuration = configuration
        self.writing = writing
        self.door = door
        schema = chassis.schema
        logger = chassis.logger
        liveness = chassis.liveness
        tried = chassis.startup.gate()
        metrics = SpoolMetrics(chassis.metrics)
        condition = SpoolCondition(on: chassis)
    }

    func run() async throws {
        let custodian = try SpoolCustodian(configuration: configuration, logger: logger)
        guard let parts = try await open(by: custodian) else { return }
        // From here on operators are answered, whether the database is there or not.
        let desk = try SpoolDesk(parts: parts)
        door.open(desk)
        defer { door.close() }
        guard await forget(parts.leftovers, at: desk) else { return }
        let interrupt = try Interrupt()
        let watcher = try SpoolWatcher(parts: parts, interrupt: interrupt)
        let lanes = try (0..<configuration.lanes).map { try SpoolLane(number: $0, parts: parts) }
        await withTaskGroup { group in
            for lane in lanes { group.addTask { await lane.run() } }
            group.addTask { await watcher.run() }
            group.addTask { await tidy(parts.directory, by: custodian) }
            group.addTask {
                try? await gracefulShutdown()
                interrupt.fire()
                parts.jobs.close()
            }
            for _ in 0..<(lanes.count + 1) { await group.next() }
            group.cancelAll()
        }
    }

    /// Opens the spool and finds what is in `work/`; tries again until it can be had.
    ///
    /// - Returns: `nil` when the daemon stops before that.
    private func open(by custodian: SpoolCustodian) async throws -> SpoolParts? {
        let jobs = try SpoolJobs(capacity: 4_096)
        defer { tried.open() }
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let (directory, leftovers) = try await custodian.open(path)
                for file in leftovers.files { jobs.resume(file) }
                condition.note(.directory, nil)
                return SpoolParts(
                    directory: directory, leftovers: leftovers, configuration: configuration, jobs: jobs,
                    writing: writing, condition: condition, metrics: metrics, liveness: liveness, logger: logger)
            } catch {
                condition.note(.directory, "\(error)")
            }
            tried.open()
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(2)) }
        }
        return nil
    }

    /// Forgets what the database keeps of files that are ended, and removes what an operator discarded.
    ///
    /// - Returns: `false` when the daemon stops before that.
    private func forget(_ leftovers: SpoolLeftovers, at desk: SpoolDesk) async -> Bool {
        try? await cancelWhenGracefulShutdown { try await schema.wait() }
        let unfinished = leftovers.files + leftovers.held
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await writing.store.forgetRejects(except: unfinished.map(\.id))
                for id in leftovers.discarded { try await desk.finishDiscarding(id) }
                condition.note(.database, nil)
                return true
            } catch {
                condition.note(.database, "\(error)")
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(2)) }
        }
        return false
    }

    private func tidy(_ directory: SpoolDirectory, by custodian: SpoolCustodian) async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await custodian.deleteOld(in: directory)
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(3_600)) }
        }
    }
}

/// What the spool's threads have in common.
struct SpoolParts: Sendable {
    let directory: SpoolDirectory
    let leftovers: SpoolLeftovers
    let configuration: SpoolConfiguration
    let jobs: SpoolJobs
    let writing: FileWriting
    let condition: SpoolCondition
    let rescans = Rescans()
    let metrics: SpoolMetrics
    let liveness: Liveness
    let logger: Logger
}
