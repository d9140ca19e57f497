import Commerce

/// What a partner has in `drop/` and `work/`.
struct PartnerBacklog: Sendable {
    let partner: String
    var waiting = 0
    var waitingBytes: Int64 = 0
    var oldest: SpoolEntry?
    var deferred = 0
    var claimed = 0
    var held = 0

    init(partner: String) {
        self.partner = partner
    }

    mutating func add(_ entry: SpoolEntry) {
        switch entry.state {
        case .held: held += 1
        case .claimed: claimed += 1
        case .deferred: deferred += 1
        case .waiting, .done, .rejected: break
        }
        // A claimed file has a UUID; what is in the drop directory has none yet.
        guard FileID(entry.id) == nil else { return }
        waiting += 1
        waitingBytes += entry.size ?? 0
        if oldest.map({ entry.age < $0.age }) ?? true { oldest = entry }
    }
}
