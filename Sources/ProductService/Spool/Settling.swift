import Files

/// Decides when a file that a partner may still be writing counts as whole, by our own watching: step 2, `quiesce`.
///
/// Times that files carry are the writer's to set. What counts is that size, mtime and ctime were the same each time
/// that we looked, for long enough on our own clock.
struct Settling {
    struct Look: Sendable, Hashable {
        let size: Int64
        let modified: FileStatus.Time
        let changed: FileStatus.Time
        let inode: UInt64
    }

    private struct Watched {
        var look: Look
        var since: ContinuousClock.Instant
    }

    private var watched: [SpoolJobs.Arrival: Watched] = [:]
    /// When to look at whom again, in the order of time, since all wait equally long.
    private var agenda: [(due: ContinuousClock.Instant, arrival: SpoolJobs.Arrival)] = []
    private var agendaStart = 0
    private let quiesce: Duration
    /// How many files are watched at a time. The others are met at a later scan.
    private let capacity: Int

    init(quiesce: Duration, capacity: Int) {
        self.quiesce = quiesce
        self.capacity = capacity
    }

    /// When the next file is to be looked at again.
    var nextDue: ContinuousClock.Instant? {
        agendaStart < agenda.count ? agenda[agendaStart].due : nil
    }

    /// Notes how a file looks.
    ///
    /// - Returns: Whether it has settled; it is then forgotten here.
    mutating func note(_ arrival: SpoolJobs.Arrival, _ look: Look, at now: ContinuousClock.Instant) -> Bool {
        if let known = watched[arrival], known.look == look {
            guard now - known.since >= quiesce else { return false }
            watched[arrival] = nil
            return true
        }
        guard watched[arrival] != nil || watched.count < capacity else { return false }
        watched[arrival] = Watched(look: look, since: now)
        agenda.append((now + quiesce, arrival))
        return false
    }

    mutating func forget(_ arrival: SpoolJobs.Arrival) {
        watched[arrival] = nil
    }

    /// The files that are to be looked at again by now. Each is to be noted or forgotten.
    mutating func takeDue(at now: ContinuousClock.Instant) -> [SpoolJobs.Arrival] {
        var due: [SpoolJobs.Arrival] = []
        while let next = nextDue, next <= now {
            let arrival = agenda[agendaStart].arrival
            agendaStart += 1
            if watched[arrival] != nil { due.append(arrival) }
        }
        if agendaStart > 1_024, agendaStart * 2 > agenda.count {
            agenda.removeFirst(agendaStart)
            agendaStart = 0
        }
        return due
    }
}

extension Settling.Look {
    init(_ status: FileStatus) {
        self.init(size: status.size, modified: status.modified, changed: status.changed, inode: status.inode)
    }
}
