import Daemon
import Files
import FoundationEssentials
import Logging
import Threads

/// One thread that finds dropped files and hands those that have settled to the lanes: steps 1 and 2.
///
/// inotify says where to look, and may be wrong or silent; what counts is a scan of every drop directory, at the start,
/// when events were lost, and every few seconds. The scan streams: what it holds is bounded, whatever the directories
/// hold.
actor SpoolWatcher {
    private let executor: ThreadExecutor
    private let spool: SpoolDirectory
    private let configuration: SpoolConfiguration
    private let jobs: SpoolJobs
    private let condition: SpoolCondition
    private let rescans: Rescans
    private let intake: OrderIntake
    private let metrics: SpoolMetrics
    private let interrupt: Interrupt
    private let pulse: LoopPulse
    private let logger: Logger
    private var settling: Settling
    private var watch: DirectoryWatch?
    /// The parent of the drop directories, as it was at the last scan, and its number in the events.
    private var parent: (identity: FileStatus, number: Int32?)?
    private var partners: [String: Watched] = [:]
    private var nextScan = ContinuousClock.now
    /// Whether the last scan met more files than can be in hand.
    private var leavesSomeBehind = false

    /// A partner's drop directory.
    private struct Watched {
        let partner: Partner
        let directory: Directory
        let identity: FileStatus
        let number: Int32?
    }

    init(parts: SpoolParts, interrupt: Interrupt) throws {
        executor = try ThreadExecutor(name: "spool-watcher")
        spool = parts.directory
        configuration = parts.configuration
        jobs = parts.jobs
        condition = parts.condition
        rescans = parts.rescans
        metrics = parts.metrics
        pulse = parts.liveness.loop("spool-watcher", patience: .seconds(300))
        logger = parts.logger
        intake = parts.writing.intake
        self.interrupt = interrupt
        settling = Settling(quiesce: parts.configuration.quiesce, capacity: 32_768)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Watches until interrupted.
    func run() {
        startWatching()
        rescans.begin()
        defer { rescans.end() }
        defer { pulse.rests() }
        while !interrupt.isFired {
            pulse.moves()
            measure()
            heedEvents()
            if leavesSomeBehind, jobs.room > jobs.capacity / 2 { nextScan = .now }
            let asked = rescans.take()
            if ContinuousClock.now >= nextScan || !asked.isEmpty {
                let outcome = scan()
                for one in asked { one.resume(returning: outcome) }
            }
            lookAtDue()
            let next = min(nextScan, settling.nextDue ?? nextScan)
            // Space and outbox are looked at each second, whatever happens in the directories.
            let pause = min(leavesSomeBehind ? .milliseconds(100) : .seconds(1), next - .now)
            if let watch { watch.wait(atMost: pause, or: interrupt) } else { interrupt.wait(atMost: pause) }
        }
    }

    private func startWatching() {
        do {
            watch = try DirectoryWatch()
        } catch {
            logger.warning(
                "No inotify: files are found by scanning alone",
                metadata: ["error": "\(error)", "every": "\(configuration.scanInterval)"])
        }
    }

    // MARK: May files be claimed

    private func measure() {
        condition.note(
            .outbox, intake.isFull ? "too many events wait for RabbitMQ; files wait until it takes some" : nil)
        do {
            let space = try spool.space()
            metrics.show(freeBytes: space.freeBytes)
            let isShort =
                space.freeBytes < configuration.limits.freeBytes
                || space.freeInodes.map { $0 < configuration.limits.freeInodes } == true
            condition.note(
                .space,
                isShort
                    ? "the spool's file system has \(space.freeBytes) bytes and \(space.freeInodes ?? 0) inodes left; "
                        + "make room, and files are taken again" : nil)
        } catch {
            condition.note(.directory, "\(error)")
        }
    }

    // MARK: Finding

    private func heedEvents() {
        guard let watch else { return }
        while case let events = watch.take(), !events.isEmpty {
            for event in events {
                switch event {
                case .overflow:
                    nextScan = .now
                case .directoryGone(let number):
                    // What comes in its place may have its inode's number.
                    if number == parent?.number { parent = nil }
                    nextScan = .now
                case .entry(let number, _) where number == parent?.number:
                    nextScan = .now
                case .entry(let number, let name):
                    guard let watched = partners.values.first(where: { $0.number == number }) else { continue }
                    sighted(name, in: watched)
                }
            }
        }
    }

    @discardableResult
    private func scan() -> Rescans.Outcome {
        nextScan = .now + configuration.scanInterval
        var backlog = SpoolMetrics.Backlog()
        var trouble: String?
        do {
            try findPartners()
            let now = Date().timeIntervalSince1970
            for watched in partners.values {
                try watched.directory.forEachName { name in
                    if let status = sighted(name, in: watched) {
                        backlog.add(bytes: status.size, ageSeconds: max(0, now - Double(status.changed.seconds)))
                    }
                    return !interrupt.isFired
                }
            }
        } catch {
            trouble = "\(error)"
            // A directory that went away is met again, or not, at the next scan.
            nextScan = min(nextScan, .now + .seconds(1))
        }
        condition.note(.directory, trouble)
        metrics.show(backlog)
        leavesSomeBehind = backlog.files > jobs.capacity
        return trouble.map { .failed($0) } ?? .done(partners: partners.count, files: backlog.files)
    }

    /// Opens the directories that are new in `drop/`, and closes those that are gone or are others now.
    private func findPartners() throws {
        var found: [String: Watched] = [:]
        let drop = try spool.drop()
        let identity = try drop.status()
        if parent?.identity.isSameFile(as: identity) != true { parent = (identity, try watch?.add(drop)) }
        for name in try drop.names() {
            let text = "\(name)"
            guard Partner.isName(text), let status = try? drop.status(of: name), status.kind == .directory else {
                continue
            }
            if let known = partners[text], known.identity.isSameFile(as: status) {
                found[text] = known
                continue
            }
            do {
                let directory = try drop.directory(name)
                let partner = Partner(name: text, ways: configuration.ways(of: text))
                found[text] = Watched(
                    partner: partner, directory: directory, identity: try directory.status(),
                    number: try watch?.add(directory))
            } catch {
                logger.warning(
                    "A drop directory can't be opened", metadata: ["partner": "\(text)", "error": "\(error)"])
            }
        }
        for (name, gone) in partners where found[name]?.number != gone.number {
            if let number = gone.number { watch?.remove(number) }
        }
        partners = found
    }

    // MARK: Settling

    /// Looks at a name: whether there is a file by now, and whether it is whole.
    ///
    /// - Returns: The file, if it is one that waits.
    @discardableResult
    private func sighted(_ name: FileName, in watched: Watched) -> FileStatus? {
        let way = watched.partner.ways.settle
        // The marker's coming is the file's.
        if way == .marker, let file = Marker.file(markedBy: name) {
            sighted(file, in: watched)
            return nil
        }
        guard !name.isUnfinished else { return nil }
        let arrival = SpoolJobs.Arrival(partner: watched.partner, name: name)
        guard let status = try? watched.directory.status(of: name) else {
            settling.forget(arrival)
            return nil
        }
        guard !jobs.isInHand(arrival) else { return status }
        let isWhole =
            switch way {
            case .rename: true
            case .marker: Marker.names(for: name).contains { (try? watched.directory.status(of: $0)) != nil }
            case .quiesce: settling.note(arrival, Settling.Look(status), at: .now)
            }
        if isWhole { jobs.offer(arrival) }
        return status
    }

    private func lookAtDue() {
        for arrival in settling.takeDue(at: .now) {
            if let watched = partners[arrival.partner.name] {
                sighted(arrival.name, in: watched)
            } else {
                settling.forget(arrival)
            }
        }
    }
}

extension FileName {
    /// Whether its writer says by the name that it is still at it.
    var isUnfinished: Bool {
        hasPrefix(".") || [".part", ".tmp", ".filepart", ".writing"].contains { hasSuffix($0) }
    }
}
