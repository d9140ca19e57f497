import DequeModule
import Files
import HeapModule
import Synchronization
import Threads

/// Which files wait to be worked on: found by the watcher, taken by the lanes, each in hand only once.
///
/// A file that can't be dealt with yet is put off and comes again; it blocks nobody meanwhile.
final class SpoolJobs: Sendable {
    /// A file in `drop/`.
    struct Arrival: Sendable, Hashable {
        let partner: Partner
        let name: FileName
    }

    struct Job: Sendable {
        enum Work: Sendable {
            case arrival(Arrival)
            case claimed(ClaimedFile)
            /// In its last place, a day's directory; what was needed on the way is still to be removed.
            case archived(Receipt, Directory)
        }

        var work: Work
        /// When it was first tried.
        let since: ContinuousClock.Instant
        var attempts = 0
        /// Why it was put off, if it is the file's own affair or something of ours doesn't work.
        var why: String?

        /// `nil` before it is claimed.
        var fileID: FileID? {
            switch work {
            case .arrival: nil
            case .claimed(let file): file.id
            case .archived(let receipt, _): receipt.file.id
            }
        }
    }

    struct PutOff: Comparable {
        let due: ContinuousClock.Instant
        let job: Job

        static func < (one: PutOff, other: PutOff) -> Bool { one.due < other.due }
        static func == (one: PutOff, other: PutOff) -> Bool { one.due == other.due }
    }

    struct State {
        var ready = Deque<Job>()
        /// There may be thousands, while nothing can be claimed.
        var putOff = Heap<PutOff>()
        var inHand: Set<Arrival> = []
        /// Claimed files that lanes are working on right now.
        var atLanes: Set<FileID> = []
        /// Those of them that an operator waits for: lanes put them off as soon as they can.
        var wanted: Set<FileID> = []
        /// Claimed files that only an operator can help, and why.
        var stuck: [FileID: (file: ClaimedFile, why: String)] = [:]
        /// How many records the files have that lanes are writing.
        var totals: [FileID: Int] = [:]
        var isClosed = false

        mutating func promote(at now: ContinuousClock.Instant) {
            while let first = putOff.min, first.due <= now { ready.append(putOff.removeMin().job) }
        }
    }

    let state = Mutex(State())
    let change: Signal
    /// How many files may be in hand. What doesn't fit stays where it is and is found again.
    let capacity: Int

    init(capacity: Int) throws {
        self.capacity = capacity
        change = try Signal()
    }

    /// How many more arrivals can be taken in.
    var room: Int {
        state.withLock { capacity - $0.inHand.count }
    }

    func isInHand(_ arrival: Arrival) -> Bool {
        state.withLock { $0.inHand.contains(arrival) }
    }

    /// Takes an arrival in hand, unless it is or there is no room.
    func offer(_ arrival: Arrival) {
        let isNew = state.withLock { state in
            guard state.inHand.count < capacity, state.inHand.insert(arrival).inserted else { return false }
            state.ready.append(Job(work: .arrival(arrival), since: .now))
            return true
        }
        if isNew { change.raise() }
    }

    /// A claimed file that was left behind by an earlier run.
    func resume(_ file: ClaimedFile) {
        state.withLock { $0.ready.append(Job(work: .claimed(file), since: .now)) }
        change.raise()
    }

    /// Takes the next job; sleeps on the calling thread until there is one.
    ///
    /// - Returns: `nil` when nothing came within `wait`, or when closed.
    func take(wait: Duration) -> Job? {
        let deadline = ContinuousClock.now + wait
        while true {
            let (job, due, isClosed, remain) = state.withLock { state in
                state.promote(at: .now)
                let job = state.isClosed ? nil : state.ready.popFirst()
                if let id = job?.fileID { state.atLanes.insert(id) }
                return (job, state.putOff.min?.due, state.isClosed, !state.ready.isEmpty)
            }
            // One event wakes one lane: who leaves something behind wakes the next.
            if remain || isClosed { change.raise() }
            if job != nil || isClosed { return job }
            let until = min(deadline, due ?? deadline)
            if !change.wait(atMost: until - .now), ContinuousClock.now >= deadline { return nil }
        }
    }

    /// The file is ended, or gone, or claimed under its own id.
    func release(_ arrival: Arrival) {
        state.withLock { _ = $0.inHand.remove(arrival) }
    }

    /// A lane has claimed the file, and goes on with it.
    func claimed(_ file: ClaimedFile, from arrival: Arrival) {
        state.withLock { state in
            state.inHand.remove(arrival)
            state.atLanes.insert(file.id)
        }
    }

    /// A lane has brought the file to its end.
    func ended(_ id: FileID) {
        state.withLock { state in
            state.atLanes.remove(id)
            state.totals[id] = nil
        }
    }

    /// Brings the job again after a while.
    ///
    /// - Parameter why: What operators are shown; `nil` where every file waits.
    func putOff(_ job: Job, for duration: Duration, because why: String? = nil) {
        state.withLock { state in
            var job = job
            job.why = why
            if let id = job.fileID { state.atLanes.remove(id) }
            state.putOff.insert(PutOff(due: .now + duration, job: job))
        }
        change.raise()
    }

    /// Hands out nothing more.
    func close() {
        state.withLock { $0.isClosed = true }
        change.raise()
    }
}
