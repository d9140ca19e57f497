/// Keeps account of a batch of published messages until the broker has spoken on each.
///
/// A value without I/O. Confirms come in any order, one by one or for all up to a sequence number; an unroutable message
/// is returned first and confirmed afterwards, and counts as returned (RabbitMQ, "Consumer Acknowledgements and
/// Publisher Confirms").
struct ConfirmWindow {
    /// The channel's sequence number of the batch's first message.
    private let firstSequence: UInt64
    private var settled: [PublishOutcome?] = []
    /// Returned, and not confirmed yet: by index.
    private var returned: [Int: PublishOutcome] = [:]
    /// All before this one are settled, so that a multiple confirm starts looking here.
    private var lowestUnsettled = 0
    /// How many were published and have no outcome.
    private(set) var unsettledCount = 0

    init(firstSequence: UInt64, count: Int) {
        self.firstSequence = firstSequence
        settled.reserveCapacity(count)
    }

    /// The next message went out.
    mutating func published() {
        settled.append(nil)
        unsettledCount += 1
    }

    mutating func acknowledged(sequence: UInt64, multiple: Bool) {
        settle(sequence, multiple) { returned, index in returned.removeValue(forKey: index) ?? .confirmed }
    }

    mutating func refused(sequence: UInt64, multiple: Bool) {
        settle(sequence, multiple) { returned, index in returned.removeValue(forKey: index) ?? .refused }
    }

    /// A message came back; its confirm is still to come.
    ///
    /// - Parameter isIt: Whether the message at an index of the batch is the one that came back.
    mutating func returned(code: Int, text: String, where isIt: (Int) -> Bool) {
        let index = settled.indices[lowestUnsettled...].first { settled[$0] == nil && returned[$0] == nil && isIt($0) }
        if let index { returned[index] = .returned(code: code, text: text) }
    }

    /// The outcomes of `count` messages; what was not settled, or not published, takes `remaining`.
    func outcomes(count: Int, remaining: PublishOutcome) -> [PublishOutcome] {
        (0..<count).map { $0 < settled.count ? settled[$0] ?? remaining : remaining }
    }

    private mutating func settle(
        _ sequence: UInt64, _ multiple: Bool, _ outcome: (inout [Int: PublishOutcome], Int) -> PublishOutcome
    ) {
        // Confirms for an earlier batch, which was given up, mean nothing to this one.
        guard sequence >= firstSequence, sequence - firstSequence < UInt64(settled.count) else { return }
        let last = Int(sequence - firstSequence)
        let first = multiple ? lowestUnsettled : last
        for index in stride(from: first, through: last, by: 1) where settled[index] == nil {
            settled[index] = outcome(&returned, index)
            unsettledCount -= 1
        }
        while lowestUnsettled < settled.count, settled[lowestUnsettled] != nil { lowestUnsettled += 1 }
    }
}
