import Commerce
import DequeModule
import Files
import HeapModule
import Synchronization
import Threads

// What operators ask of the jobs, and do to them.

extension SpoolJobs {
    /// What became of asking for a job.
    enum Withdrawal {
        /// It is nobody's now but the caller's.
        case withdrawn(Job)
        /// A lane is at it, and will put it off as soon as it can. To be asked again.
        case atLane
        /// There is none.
        case none
    }

    /// Takes a claimed file out of the lanes' reach, whatever it waits for.
    func withdraw(_ id: FileID) -> Withdrawal {
        state.withLock { state in
            if let stuck = state.stuck.removeValue(forKey: id) {
                return .withdrawn(Job(work: .claimed(stuck.file), since: .now))
            }
            if let job = state.remove(where: { $0.fileID == id }) {
                state.wanted.remove(id)
                return .withdrawn(job)
            }
            guard state.atLanes.contains(id) else {
                state.wanted.remove(id)
                return .none
            }
            state.wanted.insert(id)
            return .atLane
        }
    }

    /// Nobody waits for the file any more.
    func giveUpWaiting(for id: FileID) {
        state.withLock { _ = $0.wanted.remove(id) }
    }

    /// Takes an arrival out of the lanes' reach, whether it was in hand or not; ``release(_:)`` must follow.
    ///
    /// - Returns: Whether it is the caller's; a lane is at it otherwise.
    func withdraw(_ arrival: Arrival) -> Bool {
        state.withLock { state in
            if state.remove(where: { $0.isOf(arrival) }) != nil { return true }
            return state.inHand.insert(arrival).inserted
        }
    }

    /// Has a job that was put off tried now.
    ///
    /// - Returns: Whether there is one.
    func hurry(_ isMeant: (Job) -> Bool) -> Bool {
        let isThere = state.withLock { state in
            guard let job = state.remove(where: isMeant) else { return false }
            state.ready.prepend(job)
            return true
        }
        if isThere { change.raise() }
        return isThere
    }

    /// A file that an operator brought and waits for: it goes before the others.
    ///
    /// - Parameter patience: How long what may pass with time is tried again. This file has had it: nobody can mend it
    ///   where it is.
    func admit(_ file: ClaimedFile, patience: Duration) {
        state.withLock { $0.ready.prepend(Job(work: .claimed(file), since: .now - patience)) }
        change.raise()
    }

    /// Whether a file that was claimed has not been brought to its end yet.
    func isClaimed(_ id: FileID) -> Bool {
        state.withLock { state in
            state.atLanes.contains(id) || state.stuck[id] != nil || state.ready.contains { $0.fileID == id }
                || state.putOff.unordered.contains { $0.job.fileID == id }
        }
    }

    // MARK: Of claimed files

    /// Only an operator can help this file: it waits until one takes it.
    func stick(_ file: ClaimedFile, because why: String) {
        state.withLock { state in
            state.atLanes.remove(file.id)
            state.stuck[file.id] = (file, why)
        }
    }

    var areAnyStuck: Bool { state.withLock { !$0.stuck.isEmpty } }

    func isWanted(_ id: FileID) -> Bool {
        state.withLock { $0.wanted.contains(id) }
    }

    /// Remembers how many records a file has.
    func note(_ total: Int, of id: FileID) {
        state.withLock { $0.totals[id] = total }
    }

    func total(of id: FileID) -> Int? {
        state.withLock { $0.totals[id] }
    }

    // MARK: Why files wait

    /// What keeps files from going on, as far as it is their own affair.
    struct Obstacles: Sendable {
        /// Why it waits, and how often it was tried.
        typealias Deferral = (why: String, attempts: Int)

        fileprivate(set) var files: [FileID: Deferral] = [:]
        fileprivate(set) var arrivals: [Arrival: Deferral] = [:]
        /// Only an operator can help these.
        fileprivate(set) var stuck: [FileID: String] = [:]
        /// Arrivals that are whole, and taken as soon as may be.
        fileprivate(set) var inHand: Set<Arrival> = []
    }

    var obstacles: Obstacles {
        state.withLock { state in
            var obstacles = Obstacles()
            obstacles.stuck = state.stuck.mapValues(\.why)
            obstacles.inHand = state.inHand
            for entry in state.putOff.unordered {
                guard let why = entry.job.why else { continue }
                switch entry.job.work {
                case .arrival(let arrival): obstacles.arrivals[arrival] = (why, entry.job.attempts)
                case .claimed(let file): obstacles.files[file.id] = (why, entry.job.attempts)
                case .archived(let receipt, _): obstacles.files[receipt.file.id] = (why, entry.job.attempts)
                }
            }
            return obstacles
        }
    }
}

extension SpoolJobs.Job {
    func isOf(_ arrival: SpoolJobs.Arrival) -> Bool {
        if case .arrival(arrival) = work { true } else { false }
    }
}

extension SpoolJobs.State {
    /// Takes a job out that no lane is at. There may be thousands, and this looks at each.
    fileprivate mutating func remove(where isMeant: (SpoolJobs.Job) -> Bool) -> SpoolJobs.Job? {
        if let index = ready.firstIndex(where: isMeant) { return ready.remove(at: index) }
        guard let found = putOff.unordered.first(where: { isMeant($0.job) }) else { return nil }
        putOff = Heap(putOff.unordered.filter { !isMeant($0.job) })
        return found.job
    }
}
