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

    /// Takes one order that came over HTTP.
    ///
    /// - Parameters:
    ///   - document: The order's JSON.
    ///   - idempotency: What makes a second request with the same order recognisable.
    /// - Throws: ``InvalidBody`` for what is no order; ``OrderUndecided`` when it should be sent again.
    func submit(
        _ document: JSON.Document, from origin: Origin, idempotency: OrderSubmission.Idempotency?
    ) async throws -> OrderOutcome {
        let request = try OrderRequest(reading: document, currency: currency)
        guard !isFull else { throw OrderUndecided.outboxFull }
        guard http.enter() else { throw OrderUndecided.paused }
        defer { http.leave() }
        return try await queue.submit(
            OrderSubmission(
                request: request, source: origin.source, requestID: origin.requestID,
                traceparent: origin.traceparent, idempotency: idempotency))
    }

    /// Takes a piece of a file, all of it in one transaction.
    ///
    /// - Throws: ``OrderUndecided`` when it should be handed in again.
    func submit(_ group: OrderGroup) async throws -> [OrderOutcome] {
        guard !isFull else { throw OrderUndecided.outboxFull }
        guard ingest.enter() else { throw OrderUndecided.paused }
        defer { ingest.leave() }
        return try await queue.submit(group)
    }

    /// Whether no orders are taken at the moment, since the events of those that were taken find no broker.
    var isFull: Bool { outbox.isFull }
}
