import Commerce
import Daemon
import Files
import FoundationEssentials
import Threads

/// One thread on which operators' questions about the spool are answered, and what they order is done.
///
/// It looks at the directories, which are the truth about where a file is, and asks the database only how far a claimed
/// file has come.
actor SpoolDesk {
    private let executor: ThreadExecutor
    /// Where the files are written that operators send: it takes time, and questions are answered meanwhile.
    let importing: ThreadExecutor
    /// How many of them there are.
    var imports = 0
    nonisolated let parts: SpoolParts

    init(parts: SpoolParts) throws {
        executor = try ThreadExecutor(name: "spool-desk")
        importing = try ThreadExecutor(name: "spool-import")
        self.parts = parts
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    var survey: SpoolSurvey {
        SpoolSurvey(spool: parts.directory, configuration: parts.configuration, obstacles: parts.jobs.obstacles)
    }

    // MARK: Questions

    /// What is known of the newest files.
    struct List: Sendable {
        var entries: [SpoolEntry]
        /// Whether there may be older ones that were not looked for.
        let gaveUp: Bool
        /// Why the counts of claimed files are not known.
        var unknown: String?
    }

    /// - Throws: `FileError`.
    func list(_ question: SpoolSurvey.Question) async throws -> List {
        let (entries, gaveUp) = try survey.entries(question)
        var list = List(entries: entries, gaveUp: gaveUp)
        list.unknown = await fillIn(&list.entries)
        return list
    }

    /// Puts in how far claimed files have come.
    ///
    /// - Returns: Why that is not known.
    private func fillIn(_ entries: inout [SpoolEntry]) async -> String? {
        let ids = entries.filter { $0.counts == nil }.compactMap { FileID($0.id) }
        if ids.isEmpty { return nil }
        do {
            let rows = try await parts.writing.store.progress(of: ids)
            for index in entries.indices where entries[index].counts == nil {
                guard let id = FileID(entries[index].id) else { continue }
                entries[index].counts = rows[id]?.counts ?? SpoolEntry.Counts(accepted: 0, refused: 0, duplicates: 0)
            }
            return nil
        } catch {
            return "how far claimed files have come is not known, since the database does not say: \(error)"
        }
    }

    /// How much waits, by partner.
    ///
    /// - Throws: `FileError`.
    func backlog() throws -> [PartnerBacklog] {
        let survey = self.survey
        var partners: [String: PartnerBacklog] = [:]
        for name in try parts.directory.drop().names() where Partner.isName("\(name)") {
            partners["\(name)"] = PartnerBacklog(partner: "\(name)")
        }
        try survey.forEachWaiting { arrival, status in
            partners[arrival.partner.name, default: PartnerBacklog(partner: arrival.partner.name)]
                .add(survey.waiting(arrival, status))
        }
        for file in try survey.claimedFiles() {
            partners[file.file.partner.name, default: PartnerBacklog(partner: file.file.partner.name)]
                .add(survey.entry(file))
        }
        return partners.values.sorted { $0.partner < $1.partner }
    }

    /// What keeps files from being claimed.
    nonisolated var stops: [String] {
        let paused = parts.writing.intake.ingest.isPaused ? ["ingest is paused; resume ingest"] : []
        return paused + parts.condition.stops
    }
}
