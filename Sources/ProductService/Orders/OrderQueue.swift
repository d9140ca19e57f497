import Commerce
import DequeModule
import Synchronization
import Threads

/// Where submitted orders wait for a writer lane: bounded, and each idempotency key of a single order only once.
///
/// A request whose key is already under way here waits for that one's outcome instead of being written again. (Streams and
/// files don't: the second to be written finds the first one's keys.) Requests are handed in from Swift's tasks and taken
/// out by threads that block, so this is a mutex and an event, no actor.
final class OrderQueue: Sendable {
    typealias Reply = CheckedContinuation<GroupResult, Never>

    /// What was handed in, and who waits for it.
    struct Entry: Sendable {
        let group: OrderGroup
        fileprivate let reply: Reply
    }

    private struct State {
        var waiting: Deque<Entry> = []
        /// For each key under way: who else asked with it.
        var followers: [IdempotencyKey: [Entry]] = [:]
        /// Orders that were handed in and have no outcome yet: waiting, taken by a lane, or following.
        var open = 0
        var lanes: LaneRoster
        var isClosed = false
    }

    private let state: Mutex<State>
    private let arrival: Signal
    private let capacity: Int

    /// - Parameters:
    ///   - capacity: How many orders may be without an outcome at a time.
    ///   - crowd: How many wait before a lane writes beside another one.
    ///   - patience: How long they wait for it: a disk that takes longer for a COMMIT can as well flush two.
    init(capacity: Int, crowd: Int, patience: Duration = .milliseconds(5)) throws {
        self.capacity = capacity
        state = Mutex(State(lanes: LaneRoster(crowd: crowd, patience: patience)))
        arrival = try Signal()
    }

    /// How many orders have no outcome yet.
    var depth: Int {
        state.withLock { $0.open }
    }

    /// Hands a group in and waits for what becomes of each of its orders, in their order.
    ///
    /// Giving up waiting does not take the orders back: they may already be on their way to the disk.
    ///
    /// - Throws: ``OrderUndecided``, which then holds for all of them.
    func submit(_ group: OrderGroup) async throws(OrderUndecided) -> [OrderOutcome] {
        try await withCheckedContinuation { reply in
            add(Entry(group: group, reply: reply))
        }.get()
    }

    private func add(_ entry: Entry) {
        enum Admission { case refused(OrderUndecided), follows, waits(wakesLane: Bool) }
        let admission: Admission = state.withLock { state in
            guard !state.isClosed else { return .refused(.stopping) }
            guard state.open < capacity else { return .refused(.overloaded) }
            state.open += entry.group.size
            if let key = entry.group.soleKey {
                if state.followers[key] != nil {
                    state.followers[key]?.append(entry)
                    return .follows
                }
                state.followers[key] = []
            }
            state.waiting.append(entry)
            return .waits(wakesLane: state.lanes.arrived(entry.group.size))
        }
        switch admission {
        case .refused(let error): entry.reply.resume(returning: .failure(error))
        case .waits(wakesLane: true): arrival.raise()
        case .waits, .follows: break
        }
    }

    /// Whether the queue is closed and empty.
    var isOver: Bool {
        state.withLock { $0.isClosed && $0.waiting.isEmpty }
    }

    /// Takes what waits, oldest first; sleeps on the calling thread until it is worth it. A group is never divided, so the
    /// last one taken may make it more than `most` orders.
    ///
    /// - Returns: What the caller finishes, and then releases; `nil` once the queue is over, or empty when `wait` is.
    func take(most: Int, wait: Duration) -> [Entry]? {
        let deadline = ContinuousClock.now + wait
        while true {
            let (taken, remain, isClosed) = state.withLock { state in
                var taken: [Entry] = []
                var orders = 0
                guard state.isClosed || state.lanes.isWorthTaking() else {
                    state.lanes.sleeps()
                    return (taken, false, false)
                }
                while orders < most, let next = state.waiting.popFirst() {
                    orders += next.group.size
                    taken.append(next)
                }
                if !taken.isEmpty { state.lanes.took(orders) }
                return (taken, !state.waiting.isEmpty, state.isClosed)
            }
            // One event wakes one lane: who leaves something behind wakes the next.
            if remain || isClosed { arrival.raise() }
            if !taken.isEmpty { return taken }
            if isClosed { return nil }
            defer { state.withLock { $0.lanes.wakes() } }
            guard arrival.wait(atMost: deadline - .now) else { return [] }
        }
    }

    /// The lane that took a batch is done with it.
    func release() {
        state.withLock { $0.lanes.released() }
    }

    /// Tells everybody who waits for these entries what became of them.
    func finish(_ outcomes: [(entry: Entry, result: GroupResult)]) {
        let followers = state.withLock { state in
            outcomes.map { outcome -> [Entry] in
                let followers = outcome.entry.group.soleKey.flatMap { state.followers.removeValue(forKey: $0) } ?? []
                state.open -= outcome.entry.group.size + followers.count
                return followers
            }
        }
        for (outcome, followers) in zip(outcomes, followers) {
            outcome.entry.reply.resume(returning: outcome.result)
            for follower in followers {
                follower.reply.resume(
                    returning: outcome.result.map { $0.seen(by: follower.group, after: outcome.entry.group) })
            }
        }
    }

    /// Gives everything that waits, and has not been taken by a lane, back to its senders.
    func refuseWaiting(_ reason: OrderUndecided) {
        let refused = state.withLock { state in
            defer { state.waiting.removeAll() }
            state.lanes.lost()
            return Array(state.waiting)
        }
        finish(refused.map { ($0, .failure(reason)) })
    }

    /// Takes no more orders. What waits is still handed out.
    func close() {
        state.withLock { $0.isClosed = true }
        arrival.raise()
    }
}

/// What became of each order of a group, or why none of them was decided.
typealias GroupResult = Result<[OrderOutcome], OrderUndecided>

extension [OrderOutcome] {
    /// The same outcomes for a second request with the same key.
    fileprivate func seen(by follower: OrderGroup, after leader: OrderGroup) -> [OrderOutcome] {
        zip(self, zip(follower.submissions, leader.submissions)).map { $0.seen(by: $1.0, after: $1.1) }
    }
}

extension OrderOutcome {
    fileprivate func seen(by follower: OrderSubmission, after leader: OrderSubmission) -> OrderOutcome {
        guard follower.idempotency?.fingerprint == leader.idempotency?.fingerprint else { return .refused(.keyReused) }
        switch self {
        case .accepted(let order):
            return .accepted(AcceptedOrder(id: order.id, answer: order.answer, isReplay: true))
        case .refused:
            return self
        }
    }
}
