import AdminChannel
import Commerce
import Files

// Holding files and letting them go on. What is held is so by its directory's name, `held.<id>.<partner>`: one rename
// holds it and one lets it go, so killed at any moment it is one or the other, and its content is not touched.

extension SpoolDesk {
    /// Leaves a file alone until it is released, also after a restart.
    ///
    /// The note with the reason is on the disk before the rename that holds the file; the reply comes when that rename is
    /// on the disk, too. Killed before, the file waits or goes on as if nothing had been said.
    ///
    /// - Throws: `AdminEnd`; `FileError`.
    func hold(_ id: String, _ note: HoldNote) async throws -> ClaimedFile {
        switch try survey.find(id) {
        case .waiting(let arrival, _): return try await hold(arrival, note)
        case .inWork(let found) where found.isHeld:
            throw AdminEnd(.wrongState, "it is held already: \(HoldNote(in: found.home)?.reason ?? "")")
        case .inWork(let found): return try await hold(found, note)
        case .ended(let receipt, let state, _, _):
            throw AdminEnd(.wrongState, "it is ended (\(state.rawValue), \(receipt.outcome))")
        }
    }

    private func hold(_ arrival: SpoolJobs.Arrival, _ note: HoldNote) async throws -> ClaimedFile {
        let isWhole =
            switch arrival.partner.ways.settle {
            case .rename: true
            case .marker: survey.hasMarker(arrival)
            case .quiesce: parts.jobs.obstacles.inHand.contains(arrival)
            }
        guard isWhole else {
            throw AdminEnd(.wrongState, "it may not be whole yet, and its writer be at it; ask again in a moment")
        }
        // Two that claim one file would part it from its marker.
        try await wait { parts.jobs.withdraw(arrival) }
        defer { parts.jobs.release(arrival) }
        let claim = Claim(spool: parts.directory, limits: parts.configuration.limits)
        let outcome: Claim.Outcome
        do throws(FileError) {
            let drop = try parts.directory.drop().directory(FileName(arrival.partner.name))
            outcome = try claim.take(arrival.name, of: arrival.partner, from: drop, isLastTry: true, holding: note)
        } catch {
            guard error.isMissing else { throw error }
            outcome = .vanished
        }
        switch outcome {
        case .claimed(let file):
            try claim.sync(file, isHeld: true)
            return file
        case .notYet(let code): throw AdminEnd(.wrongState, "it can't be moved out of drop/: \(code.rawValue)")
        case .vanished: throw AdminEnd(.notFound, "it waits no more: it was claimed, or taken away")
        }
    }

    private func hold(_ found: SpoolSurvey.InWork, _ note: HoldNote) async throws -> ClaimedFile {
        let file = found.file
        let job = try await withdraw(file.id)
        do {
            // Its claim may not be on the disk yet, and must be before the next rename is.
            try Claim(spool: parts.directory, limits: parts.configuration.limits).sync(file)
            try note.write(in: found.home)
            try parts.directory.work.move(file.directoryName, to: parts.directory.work, as: file.heldName)
        } catch {
            parts.jobs.putOff(job, for: .zero)
            throw error
        }
        noteStuck()
        try parts.directory.work.sync()
        return file
    }

    /// Lets a held file go on where it was: one that an operator holds, or one that needed an operator.
    ///
    /// - Throws: `AdminEnd`; `FileError`.
    func release(_ id: String) async throws -> ClaimedFile {
        guard case .inWork(let found) = try survey.find(id) else { throw AdminEnd(.wrongState, "it is not held") }
        let file = found.file
        guard found.isHeld else {
            guard parts.jobs.obstacles.stuck[file.id] != nil else { throw AdminEnd(.wrongState, "it is not held") }
            _ = try await withdraw(file.id)
            parts.jobs.resume(file)
            noteStuck()
            return file
        }
        try parts.directory.work.move(file.heldName, to: parts.directory.work, as: file.directoryName)
        // It is not held any more, whatever fails now; a note that stays is removed at the next start.
        defer { parts.jobs.resume(file) }
        try parts.directory.work.sync()
        try found.home.remove(HoldNote.name)
        return file
    }

    // MARK: Taking files from the lanes

    /// Takes a claimed file out of the lanes' reach; they let go of it behind the orders that they are committing.
    ///
    /// - Throws: `AdminEnd` if it is ended first, or not let go of in time.
    func withdraw(_ id: FileID) async throws -> SpoolJobs.Job {
        var withdrawn: SpoolJobs.Job?
        do {
            try await wait {
                switch parts.jobs.withdraw(id) {
                case .atLane: return false
                case .withdrawn(let job): withdrawn = job
                case .none: break
                }
                return true
            }
        } catch {
            parts.jobs.giveUpWaiting(for: id)
            throw error
        }
        guard let job = withdrawn else { throw AdminEnd(.wrongState, "it has been dealt with meanwhile: spool show") }
        guard case .claimed = job.work else {
            parts.jobs.putOff(job, for: .zero)
            throw AdminEnd(.wrongState, "it is ended: spool show")
        }
        return job
    }

    /// Asks until the answer is yes.
    ///
    /// - Throws: `AdminEnd` when it never is.
    private func wait(_ isDone: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(15)
        while !isDone() {
            guard .now < deadline, !Task.isCancelled else {
                throw AdminEnd(.timedOut, "it is being worked on, and not let go of in time; ask again")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Brings the board up to date on files that need an operator.
    func noteStuck() {
        if !parts.jobs.areAnyStuck { parts.condition.note(.held, nil) }
    }
}
