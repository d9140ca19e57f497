import Commerce
import Daemon

/// The one door through which orders come in, whichever way they came: HTTP, batch, or files.
///
/// It reads and validates, and hands what is well-formed to the writer's queue. It answers nobody: what an outcome means
/// to its sender is the sender's affair.
struct OrderIntake: Sendable {
    private let queue: OrderQueue
    private let outbox: OutboxWatch
    /// Where operators hold up orders over HTTP, and those from files.
    private let http: PausePoint
    let ingest: PausePoint
    let currency: Currency

    init(queue: OrderQueue, outbox: OutboxWatch, http: PausePoint, ingest: PausePoint, currency: Currency) {
        self.queue = queue
        self.outbox = outbox
        self.http = http
        self.ingest = ingest
        self.currency = currency
    }

    /// Where an order comes from, as it is kept with the order.
    struct Origin: Sendable {
        /// `http`, or `spool:<partner>`.
        let source: String
        let requestID: String?
        let traceparent: String?
    }

    /// Reads an order that came over HTTP.
    ///
    /// - Parameters:
    ///   - document: The order's JSON.
    ///   - idempotency: What makes a second request with the same order recognisable.
    /// - Throws: ``InvalidBody`` for what is no order.
    func submission(
        _ document: JSON.Document, from origin: Origin, idempotency: OrderSubmission.Idempotency?
    ) throws(InvalidBody) -> OrderSubmission {
        OrderSubmission(
            request: try OrderRequest(reading: document, currency: currency), source: origin.source,
            requestID: origin.requestID, traceparent: origin.traceparent, idempotency: idempotency)
    }

    /// Takes an order that came over HTTP.
    ///
    /// - Throws: ``OrderUndecided`` when it should be sent again.
    func submit(_ submission: OrderSubmission) async throws(OrderUndecided) -> OrderOutcome {
        // The writer gives an outcome to each submission of a group, and this group has one.
        try await submit(OrderGroup([submission]), past: http)[0]
    }

    /// Takes orders that came over HTTP together, in one transaction.
    ///
    /// - Returns: What became of each of them, in their order.
    func submit(_ submissions: [OrderSubmission]) async -> [Result<OrderOutcome, OrderUndecided>] {
        if submissions.isEmpty { return [] }
        do throws(OrderUndecided) {
            return try await submit(OrderGroup(submissions), past: http).map { .success($0) }
        } catch .faulty where submissions.count > 1 {
            // One of them is what the database chokes on; it is looked for by halves, so that it fails no other.
            let half = submissions.count / 2
            return await submit(Array(submissions[..<half])) + submit(Array(submissions[half...]))
        } catch {
            return submissions.map { _ in .failure(error) }
        }
    }

    /// Takes a piece of a file, all of it in one transaction.
    ///
    /// - Throws: ``OrderUndecided`` when it should be handed in again.
    func submit(_ group: OrderGroup) async throws(OrderUndecided) -> [OrderOutcome] {
        try await submit(group, past: ingest)
    }

    private func submit(
        _ group: OrderGroup, past point: PausePoint
    ) async throws(OrderUndecided) -> [OrderOutcome] {
        guard !isFull else { throw .outboxFull }
        guard point.enter() else { throw .paused }
        defer { point.leave() }
        return try await queue.submit(group)
    }

    /// Whether no orders are taken at the moment, since the events of those that were taken find no broker.
    var isFull: Bool { outbox.isFull }
}
