import Commerce
import Daemon
import Files
import FoundationEssentials
import Logging
import Postgres
import ServiceLifecycle
import Threads

/// One thread that brings files from their drop directory to their end, one after the other: steps 3 to 7.
///
/// Whatever stops it, the file is in exactly one place, and what is there says how to go on. A file that can't be ended
/// now is put off, and the next one is taken.
actor SpoolLane {
    private let executor: ThreadExecutor
    private let spool: SpoolDirectory
    private let jobs: SpoolJobs
    private let claim: Claim
    private let writing: FileWriting
    private let archive: Archive
    private let store: FileStore
    private let limits: SpoolLimits
    private let patience: Duration
    private let condition: SpoolCondition
    private let metrics: SpoolMetrics
    private let pulse: LoopPulse
    private let logger: Logger

    init(number: Int, parts: SpoolParts) throws {
        executor = try ThreadExecutor(name: "spool-\(number)")
        spool = parts.directory
        jobs = parts.jobs
        claim = Claim(spool: parts.directory, limits: parts.configuration.limits)
        writing = parts.writing
        store = parts.writing.store
        archive = Archive(spool: parts.directory, store: parts.writing.store)
        limits = parts.configuration.limits
        patience = parts.configuration.patience
        condition = parts.condition
        metrics = parts.metrics
        // Copying the largest file that is taken, from a slow disk, is one piece of work.
        pulse = parts.liveness.loop("spool-\(number)", patience: .seconds(600))
        logger = parts.logger
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Works until the daemon stops.
    func run() async {
        defer { pulse.rests() }
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            pulse.moves()
            guard let job = jobs.take(wait: .milliseconds(500)) else { continue }
            await work(on: job)
        }
    }

    private func work(on job: SpoolJobs.Job) async {
        var job = job
        job.attempts += 1
        // A file that was just claimed is new to the database; any other may be there already.
        let isNew = if case .arrival = job.work { true } else { false }
        do {
            if case .arrival(let arrival) = job.work {
                guard let file = try await take(arrival, job) else { return }
                job.work = .claimed(file)
                jobs.claimed(file, from: arrival)
            }
            switch job.work {
            case .arrival: break
            case .claimed(let file): try await bring(file, &job, isNew: isNew)
            case .archived(let receipt, let day): try await tidy(receipt, in: day)
            }
            condition.note(.files, nil)
            condition.note(.database, nil)
        } catch is SpoolStopping {
            // It stays in work/, for the next run.
        } catch is FileIsWanted {
            // Whoever wants it takes it from there; otherwise it is gone on with.
            jobs.putOff(job, for: .seconds(1))
        } catch let held as FileIsHeld {
            if case .claimed(let file) = job.work { jobs.stick(file, because: "\(held)") }
            condition.note(.held, "a file in work/ needs an operator: spool list --state held")
            logger.error("A file is held", metadata: .kind(.fileHeld, job.metadata(["reason": "\(held)"])))
        } catch {
            putOff(job, because: error)
        }
    }

    /// Something of ours doesn't work: nothing is the file's fault, and it is tried again for as long as it takes.
    private func putOff(_ job: SpoolJobs.Job, because error: any Error) {
        condition.note(error is FileError ? .files : .database, "\(error)")
        logger.warning("A file is put off", metadata: job.metadata(["error": "\(error)"]))
        metrics.deferred()
        jobs.putOff(job, for: .seconds(min(10, 1 << min(job.attempts - 1, 4))), because: "\(error)")
    }

    // MARK: Claim

    /// - Returns: The file, if it is ours now and worth reading.
    private func take(_ arrival: SpoolJobs.Arrival, _ job: SpoolJobs.Job) async throws -> ClaimedFile? {
        guard condition.mayClaim, writing.intake.ingest.enter() else {
            jobs.putOff(job, for: .seconds(1))
            return nil
        }
        defer { writing.intake.ingest.leave() }
        let isLastTry = ContinuousClock.now - job.since >= patience
        let outcome = try metrics.time(.claim) {
            do throws(FileError) {
                let drop = try spool.drop().directory(FileName(arrival.partner.name))
                return try claim.take(arrival.name, of: arrival.partner, from: drop, isLastTry: isLastTry)
            } catch  where error.isMissing {
                return Claim.Outcome.vanished
            }
        }
        switch outcome {
        case .claimed(let file):
            return file
        case .vanished:
            condition.note(.files, nil)
            jobs.release(arrival)
        case .notYet(let code):
            logger.debug("A file is not ready yet", metadata: job.metadata(["code": "\(code.rawValue)"]))
            metrics.deferred()
            jobs.putOff(
                job, for: isLastTry ? max(patience, .seconds(60)) : nextTry(after: job), because: code.rawValue)
        }
        return nil
    }

    /// Some tries within the patience that there is with a file.
    private func nextTry(after job: SpoolJobs.Job) -> Duration {
        min(.seconds(5), max(.milliseconds(50), patience / 8))
    }

    // MARK: From claimed to ended

    private func bring(_ file: ClaimedFile, _ job: inout SpoolJobs.Job, isNew: Bool) async throws {
        let began = ContinuousClock.now
        var sha256: [UInt8]?
        var known: FileRow?
        let home = try spool.work.directory(file.directoryName)
        let retry = isNew ? nil : try RetryNote.read(in: home)
        do {
            known = isNew ? nil : try await store.reload(file.id)
            // A file that is tried again is ended only when that is what its row is about.
            if let known, known.state != .open, retry == nil || known.retry == retry {
                let text = try? openCopy(of: file)
                return try await end(file, known, text: text, isRetry: retry != nil, &job, began)
            }
            try claim.sync(file)
            if let obstacle = try claim.obstacle(toClaimed: file) { throw Rejection(.claim, obstacle) }
            let copy = try makeCopy(of: file, known)
            sha256 = copy.sha256
            let text = try openCopy(of: file)
            let (format, survey) = try metrics.time(.validate) {
                try Survey.validating(text, named: file.originalName)
            }
            try check(survey, sha256: copy.sha256, of: file)
            if file.partner.ways.policy == .allOrNothing { try limits.checkAtomic(survey, text) }
            let refused = retry == nil ? nil : try home.openIfThere(RefusedNumbers.name)
            let row = try await store.begin(
                file, copy, format: format, known: known, retry: retry, knowsRefused: refused != nil)
            guard row.id == file.id else {
                return try await repeats(row, file, copy, isRetry: retry != nil, &job, began)
            }
            let committing = ContinuousClock.now
            jobs.note(survey.records, of: file.id)
            try await writing.write(
                file, text, format, from: row, survey: survey, refused: refused, pulse: pulse
            ) { [jobs] in
                jobs.isWanted(file.id)
            }
            metrics.took(.commit, since: committing)
            guard let ended = try await store.reload(file.id) else { throw FileIsHeld(reason: .rowIsGone) }
            try await end(file, ended, text: text, isRetry: retry != nil, &job, began)
        } catch let rejection as Rejection {
            let isOver = ContinuousClock.now - job.since >= patience
            guard isOver || !rejection.code.mayPass else {
                metrics.deferred()
                return jobs.putOff(job, for: nextTry(after: job), because: rejection.code.rawValue)
            }
            var receipt = Receipt(
                file, size: try originalStatus(of: file).size, sha256: sha256, rejection: rejection, known: known,
                at: .wholeMilliseconds)
            receipt.isRetry = retry != nil
            try await refuse(receipt, &job)
        }
    }

    private func openCopy(of file: ClaimedFile) throws(FileError) -> OpenFile {
        try spool.work.open(file.copyName)
    }

    /// The private copy: that of an earlier run where orders were written from it, else a new one.
    private func makeCopy(of file: ClaimedFile, _ known: FileRow?) throws -> PrivateCopy {
        if let known, let status = try? spool.work.status(of: file.copyName), status.kind == .regular {
            return PrivateCopy(known: known.sha256, status: try originalStatus(of: file))
        }
        let copy = try metrics.time(.copy) {
            let original = try spool.work.directory(file.directoryName).open(file.storedName)
            return try PrivateCopy(
                of: original, named: file.originalName, in: spool.work, as: file.copyName, limits: limits)
        }
        if let known, known.sha256 != copy.sha256 { throw FileIsHeld(reason: .changedAfterCommit) }
        return copy
    }

    private func originalStatus(of file: ClaimedFile) throws(FileError) -> FileStatus {
        try spool.work.directory(file.directoryName).status(of: file.storedName)
    }

    /// What was said of the file beside it.
    private func check(_ survey: Survey, sha256: [UInt8], of file: ClaimedFile) throws {
        let home = try spool.work.directory(file.directoryName)
        for marker in try Marker.all(of: file.originalName, in: home) {
            switch marker.claim {
            case .sha256(let said) where said != sha256: throw Rejection(.copy, .checksumMismatch)
            case .illegible: throw Rejection(.copy, .checksumMismatch)
            case .orders(let said) where said != survey.records: throw Rejection(.validate, .countMismatch)
            default: break
            }
        }
    }

    // MARK: Endings

    /// The same bytes came before.
    private func repeats(
        _ first: FileRow, _ file: ClaimedFile, _ copy: PrivateCopy, isRetry: Bool, _ job: inout SpoolJobs.Job,
        _ began: ContinuousClock.Instant
    ) async throws {
        if first.state == .open {
            // It is being worked on right now; what becomes of it decides about this one.
            return jobs.putOff(job, for: .seconds(1), because: "the same bytes are being worked on as \(first.id)")
        }
        var receipt = Receipt(
            file, size: copy.status.size, sha256: copy.sha256, duplicateOf: first, at: .wholeMilliseconds)
        receipt.isRetry = isRetry
        try await end(receipt, ownerUID: copy.status.owner, text: nil, format: nil, &job, began)
    }

    private func end(
        _ file: ClaimedFile, _ row: FileRow, text: OpenFile?, isRetry: Bool, _ job: inout SpoolJobs.Job,
        _ began: ContinuousClock.Instant
    ) async throws {
        let status = try originalStatus(of: file)
        var receipt = Receipt(file, size: status.size, row: row, at: .wholeMilliseconds)
        receipt.isRetry = isRetry
        try await end(
            receipt, ownerUID: status.owner, text: text, format: RecordFormat(rawValue: row.format), &job, began)
    }

    private func refuse(_ receipt: Receipt, _ job: inout SpoolJobs.Job) async throws {
        let owner = try originalStatus(of: receipt.file).owner
        try await end(receipt, ownerUID: owner, text: nil, format: nil, &job, .now)
    }

    private func end(
        _ receipt: Receipt, ownerUID: UInt32, text: OpenFile?, format: RecordFormat?, _ job: inout SpoolJobs.Job,
        _ began: ContinuousClock.Instant
    ) async throws {
        let finishing = ContinuousClock.now
        let day = try await archive.end(
            receipt, ownerUID: ownerUID, attempts: job.attempts, text: text, format: format)
        metrics.took(.finish, since: finishing)
        metrics.ended(receipt)
        logger.info(
            "A file is ended",
            metadata: .kind(
                .fileEnded,
                job.metadata([
                    "outcome": "\(receipt.outcome.rawValue)", "accepted": "\(receipt.accepted)",
                    "refused": "\(receipt.refused)", "duplicates": "\(receipt.duplicates)",
                    "code": "\(receipt.rejection?.code.rawValue ?? "none")",
                    "seconds": "\(Double((ContinuousClock.now - began) / .milliseconds(1)).rounded() / 1_000)",
                ])))
        job.work = .archived(receipt, day)
        try await tidy(receipt, in: day)
    }

    private func tidy(_ receipt: Receipt, in day: Directory) async throws {
        try await archive.tidy(receipt, in: day)
        jobs.ended(receipt.file.id)
    }
}
