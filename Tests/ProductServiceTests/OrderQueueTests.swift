import Commerce
import FoundationEssentials
import Testing

@testable import ProductService

@Suite("The queue of submitted orders is bounded and gives each request one outcome")
struct OrderQueueTests {
    private func submission(key: String? = nil, body: String = "a") -> OrderSubmission {
        OrderSubmission(
            request: OrderRequest(
                customerID: CustomerID(UUIDv7.shared.next()), items: [], details: OrderDetails(), expectedTotal: nil),
            source: "test", requestID: nil, traceparent: nil,
            idempotency: key.map {
                OrderSubmission.Idempotency(key: IdempotencyKey(scope: "test", key: $0), body: Array(body.utf8))
            })
    }

    private func accepted() -> AcceptedOrder {
        AcceptedOrder(id: OrderID(UUIDv7.shared.next()), answer: [], isReplay: false)
    }

    /// Plays the writer on a thread that may block: takes everything until the queue is closed.
    private func write(_ queue: OrderQueue, _ outcome: @escaping @Sendable (OrderSubmission) -> OrderOutcome) async {
        await Task.detached {
            while let entries = queue.take(most: 10, wait: .milliseconds(10)) {
                queue.finish(entries.map { ($0, .success($0.group.submissions.map(outcome))) })
                if !entries.isEmpty { queue.release() }
            }
        }.value
    }

    @Test("fifty requests with one key become one order and fifty answers")
    func oneKey() async throws {
        let queue = try OrderQueue(capacity: 100, crowd: 1)
        let order = accepted()
        let requests = (0..<50).map { _ in
            Task { try await queue.submit(submission(key: "k")) }
        }
        while queue.depth < 50 { await Task.yield() }
        let taken = queue.take(most: 100, wait: .zero) ?? []
        #expect(taken.count == 1)
        queue.finish(taken.map { ($0, .success([.accepted(order)])) })
        var replays = 0
        for request in requests {
            guard case .accepted(let answer) = try await request.value else { continue }
            #expect(answer.id == order.id)
            replays += answer.isReplay ? 1 : 0
        }
        #expect(replays == 49)
        #expect(queue.depth == 0)
    }

    @Test("the same key with another body is refused while the first is still running")
    func otherBody() async throws {
        let queue = try OrderQueue(capacity: 100, crowd: 1)
        async let first = queue.submit(submission(key: "k", body: "a"))
        while queue.depth < 1 { await Task.yield() }
        async let second = queue.submit(submission(key: "k", body: "b"))
        while queue.depth < 2 { await Task.yield() }
        let taken = queue.take(most: 100, wait: .zero) ?? []
        queue.finish(taken.map { ($0, .success([.accepted(accepted())])) })
        guard case .accepted = try await first, case .refused(.keyReused) = try await second else {
            Issue.record("the second request was not refused")
            return
        }
    }

    @Test("what doesn't fit is refused at once, and what fits later is taken")
    func bounded() async throws {
        let queue = try OrderQueue(capacity: 1, crowd: 1)
        async let first = queue.submit(submission())
        while queue.depth < 1 { await Task.yield() }
        await #expect(throws: OrderUndecided.overloaded) { try await queue.submit(submission()) }
        queue.finish((queue.take(most: 1, wait: .zero) ?? []).map { ($0, .success([.accepted(accepted())])) })
        _ = try await first
        #expect(queue.depth == 0)
    }

    @Test("a closed queue hands out what waits, and takes nothing new")
    func closed() async throws {
        let queue = try OrderQueue(capacity: 10, crowd: 1)
        async let waiting = queue.submit(submission())
        while queue.depth < 1 { await Task.yield() }
        queue.close()
        await #expect(throws: OrderUndecided.stopping) { try await queue.submit(submission()) }
        await write(queue) { _ in .refused(.keyReused) }
        guard case .refused = try await waiting else {
            Issue.record("what waited was lost")
            return
        }
    }

    @Test("a lane beside one that writes gets what is a crowd, and once it is released the rest")
    func crowd() async throws {
        let queue = try OrderQueue(capacity: 100, crowd: 3, patience: .seconds(600))
        let first = Task { try await queue.submit(submission()) }
        while queue.depth < 1 { await Task.yield() }
        let taken = queue.take(most: 10, wait: .zero) ?? []
        #expect(taken.count == 1)

        let others = (0..<2).map { _ in Task { try await queue.submit(submission()) } }
        while queue.depth < 3 { await Task.yield() }
        #expect(queue.take(most: 10, wait: .zero)?.count == 0)
        queue.finish(taken.map { ($0, .success([.accepted(accepted())])) })
        queue.release()
        let rest = queue.take(most: 10, wait: .zero) ?? []
        #expect(rest.count == 2)
        queue.finish(rest.map { ($0, .success([.accepted(accepted())])) })
        queue.release()
        for request in [first] + others { _ = try await request.value }
    }

    @Test("refusing what waits answers the followers of a key too")
    func refusedWaiting() async throws {
        let queue = try OrderQueue(capacity: 10, crowd: 1)
        let requests = (0..<3).map { _ in Task { try await queue.submit(submission(key: "k")) } }
        while queue.depth < 3 { await Task.yield() }
        queue.refuseWaiting(.unavailable)
        for request in requests {
            await #expect(throws: OrderUndecided.unavailable) { try await request.value }
        }
        #expect(queue.depth == 0)
    }
}

extension OrderQueue {
    /// Hands an order in by itself, as `POST /orders` does.
    fileprivate func submit(_ submission: OrderSubmission) async throws(OrderUndecided) -> OrderOutcome {
        try await submit(OrderGroup([submission]))[0]
    }
}
