import Files
import FoundationEssentials

/// Looks through the spool's directories: they know where every file is, whatever the database says.
///
/// What it holds in memory is bounded by what is asked for. Files go their way meanwhile: one that moves may be met twice
/// or not at all.
struct SpoolSurvey {
    let spool: SpoolDirectory
    let configuration: SpoolConfiguration
    let obstacles: SpoolJobs.Obstacles

    /// Which files are asked for.
    struct Question: Sendable {
        var states = Set(SpoolEntry.State.allCases)
        var partner: String?
        var limit: Int
        /// Only older ones.
        var before: Age?

        func wants(partner: String) -> Bool { self.partner.map { $0 == partner } ?? true }
        func wants(_ age: Age) -> Bool { before.map { age < $0 } ?? true }
    }

    /// - Returns: The newest files, newest first, and whether it gave up looking for older ones.
    /// - Throws: `FileError`.
    func entries(_ question: Question) throws -> (entries: [SpoolEntry], gaveUp: Bool) {
        var newest = Newest<SpoolEntry>(question.limit)
        func take(_ entry: SpoolEntry) {
            guard question.states.contains(entry.state), question.wants(entry.age) else { return }
            newest.offer(entry, entry.age)
        }
        if !question.states.isDisjoint(with: [.waiting, .deferred]) {
            try forEachWaiting(of: question.partner) { take(waiting($0, $1)) }
        }
        if !question.states.isDisjoint(with: [.claimed, .deferred, .held]) {
            for file in try claimedFiles() where question.wants(partner: file.file.partner.name) { take(entry(file)) }
        }
        var gaveUp = false
        for (state, archive) in [(SpoolEntry.State.done, spool.done), (.rejected, spool.rejected)]
        where question.states.contains(state) {
            let shelf = ArchiveShelf(archive: archive)
            let isComplete = try shelf.forEachReceipt(question) { take(SpoolEntry($0, state)) }
            gaveUp = gaveUp || !isComplete
        }
        return (newest.elements, gaveUp)
    }

    // MARK: In drop/

    /// Goes through the files that wait in drop directories: names that are not final and markers are none.
    ///
    /// - Throws: `FileError`.
    func forEachWaiting(
        of partner: String? = nil, _ visit: (SpoolJobs.Arrival, FileStatus) throws -> Void
    ) throws {
        let drop = try spool.drop()
        for name in try drop.names() {
            let text = "\(name)"
            guard Partner.isName(text), partner.map({ $0 == text }) ?? true else { continue }
            guard let directory = try? drop.directory(name) else { continue }
            let partner = Partner(name: text, ways: configuration.ways(of: text))
            try directory.forEachName { name in
                guard !name.isUnfinished, !(partner.ways.settle == .marker && Marker.file(markedBy: name) != nil),
                    let status = try? directory.status(of: name)
                else { return true }
                try visit(SpoolJobs.Arrival(partner: partner, name: name), status)
                return true
            }
        }
    }

    func waiting(_ arrival: SpoolJobs.Arrival, _ status: FileStatus) -> SpoolEntry {
        var entry = SpoolEntry(waiting: arrival, status)
        if let (why, attempts) = obstacles.arrivals[arrival] {
            entry.state = .deferred
            entry.reason = "\(why); tried \(attempts) times"
        } else if !obstacles.inHand.contains(arrival) {
            switch arrival.partner.ways.settle {
            case .rename: break
            case .marker: entry.reason = hasMarker(arrival) ? nil : "its marker has not come"
            case .quiesce: entry.reason = "not known to be whole yet"
            }
        }
        return entry
    }

    /// Whether a file's marker has come.
    func hasMarker(_ arrival: SpoolJobs.Arrival) -> Bool {
        guard let drop = try? spool.drop().directory(FileName(arrival.partner.name)) else { return false }
        return Marker.names(for: arrival.name).contains { (try? drop.status(of: $0)) != nil }
    }

    // MARK: In work/

    struct InWork {
        let file: ClaimedFile
        let isHeld: Bool
        let home: Directory
    }

    /// The files that are claimed and not ended.
    ///
    /// - Throws: `FileError`.
    func claimedFiles() throws -> [InWork] {
        try spool.work.names().compactMap { name in
            guard ClaimedFile.owner(of: name) != nil, let home = try? spool.work.directory(name),
                let names = try? home.names(),
                let file = ClaimedFile(directoryName: name, names: names, ways: configuration.ways(of:))
            else { return nil }
            return InWork(file: file, isHeld: name == file.heldName, home: home)
        }
    }

    func entry(_ found: InWork) -> SpoolEntry {
        let id = found.file.id
        var entry = SpoolEntry(found.file, .claimed, try? found.home.status(of: found.file.storedName))
        if found.isHeld {
            entry.state = .held
            entry.reason = HoldNote(in: found.home)?.reason
        } else if let why = obstacles.stuck[id] {
            entry.state = .held
            entry.reason = why
        } else if let (why, attempts) = obstacles.files[id] {
            entry.state = .deferred
            entry.reason = "\(why); tried \(attempts) times"
        }
        return entry
    }
}
