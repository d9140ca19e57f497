import DequeModule

/// Keeps account of the messages that a channel published until the broker has spoken on each.
///
/// A value without I/O. Confirms come in any order, one by one or for all up to a sequence number; an unroutable message
/// is returned first and confirmed afterwards, and counts as returned (RabbitMQ, "Consumer Acknowledgements and
/// Publisher Confirms"). A batch that was given up before all its confirms had come leaves its messages in the ledger:
/// what the broker says of them later must not be taken for an answer to the next batch.
struct ConfirmLedger {
    /// What of a returned message tells which one it is.
    struct Identity: Hashable {
        let messageID: String?
        let exchange: String
        let routingKey: String

        init(_ message: Message) {
            messageID = message.messageID
            exchange = message.exchange
            routingKey = message.routingKey
        }
    }

    private struct Entry {
        /// Its place in the batch; `nil` when its batch was given up.
        var index: Int?
        let identity: Identity
        var returned: PublishOutcome?
        var isSettled = false
    }

    /// Published and not settled, in order; settled ones among them go when all before them are settled, too.
    private var entries: Deque<Entry> = []
    /// The channel's sequence number of the first entry. A channel in confirm mode counts from 1.
    private var firstSequence: UInt64 = 1
    private var outcomes: [PublishOutcome?] = []

    /// How many messages are with the broker and have no confirm, those of earlier batches included.
    private(set) var outstandingCount = 0
    /// How many messages of the batch have no outcome.
    private(set) var openCount = 0

    /// Begins a batch. What is left of the one before is given up.
    mutating func begin(count: Int) {
        for index in entries.indices { entries[index].index = nil }
        outcomes = Array(repeating: nil, count: count)
        openCount = count
    }

    /// The message at an index of the batch went out.
    mutating func published(_ index: Int, _ identity: Identity) {
        entries.append(Entry(index: index, identity: identity))
        outstandingCount += 1
    }

    /// The message at an index of the batch has its outcome without going out.
    mutating func settle(_ index: Int, _ outcome: PublishOutcome) {
        guard outcomes.indices.contains(index), outcomes[index] == nil else { return }
        outcomes[index] = outcome
        openCount -= 1
    }

    mutating func acknowledged(sequence: UInt64, multiple: Bool) {
        confirm(sequence, multiple, .confirmed)
    }

    mutating func refused(sequence: UInt64, multiple: Bool) {
        confirm(sequence, multiple, .refused)
    }

    /// A message came back; its confirm is still to come. Of several alike, it is the one published first.
    mutating func returned(_ identity: Identity, code: Int, text: String) {
        let index = entries.firstIndex { !$0.isSettled && $0.returned == nil && $0.identity == identity }
        if let index { entries[index].returned = .returned(code: code, text: text) }
    }

    /// Ends the batch.
    ///
    /// - Parameter remaining: The outcome of those that have none.
    mutating func end(remaining: PublishOutcome) -> [PublishOutcome] {
        defer { outcomes = [] }
        openCount = 0
        return outcomes.map { $0 ?? remaining }
    }

    private mutating func confirm(_ sequence: UInt64, _ multiple: Bool, _ outcome: PublishOutcome) {
        // "If the multiple field is 1, and the delivery tag is zero, this indicates all outstanding messages."
        let isForAll = multiple && sequence == 0
        guard isForAll || sequence >= firstSequence else { return }
        let last = isForAll ? entries.count - 1 : Int(clamping: sequence - firstSequence)
        guard last < entries.count else { return }
        for index in stride(from: multiple ? 0 : last, through: last, by: 1) where !entries[index].isSettled {
            entries[index].isSettled = true
            outstandingCount -= 1
            if let place = entries[index].index { settle(place, entries[index].returned ?? outcome) }
        }
        while entries.first?.isSettled == true {
            entries.removeFirst()
            firstSequence += 1
        }
    }
}
