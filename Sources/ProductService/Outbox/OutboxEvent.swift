import Commerce
import FoundationEssentials
import Postgres
import RabbitMQ

/// A claimed row of the outbox.
struct OutboxEvent: Sendable {
    let id: Int64
    let eventID: EventID
    let orderID: UUID
    let type: String
    let body: String
    let requestID: String?
    let traceparent: String?
    let createdAt: Date

    init(_ row: Row) throws {
        let eventUUID: UUID
        (id, eventUUID, orderID, type, body, requestID, traceparent, createdAt) = try row.decode(
            Int64.self, UUID.self, UUID.self, String.self, String.self, String?.self, String?.self, Date.self)
        eventID = EventID(eventUUID)
    }

    /// The message as `docs/events.md` describes it; the same each time it is published.
    func message(on exchange: String) -> Message {
        var headers: [String: FieldValue] = ["tradepost-event-version": .int(Int64(OrderEvent.version))]
        if let traceparent { headers["traceparent"] = .string(traceparent) }
        if let requestID { headers["x-request-id"] = .string(requestID) }
        return Message(
            exchange: exchange, routingKey: type, body: Array(body.utf8), contentType: "application/json",
            messageID: eventID.description, timestamp: createdAt, type: type, appID: "productd", headers: headers,
            isPersistent: true, isMandatory: true)
    }
}

/// What became of a batch that was published: which rows may go, which must wait.
struct PublishTally: Sendable {
    private(set) var count = 0
    /// The broker has them.
    private(set) var confirmed: [Int64] = []
    /// The broker had no queue for them, or refused them.
    private(set) var turnedAway: [Int64] = []
    /// Why the last one was turned away.
    private(set) var reason: String?
    /// The connection ended before the rest were confirmed.
    private(set) var connectionError: RabbitMQError?

    init() {}

    init(ids: [Int64], outcomes: [PublishOutcome]) {
        count = ids.count
        for (id, outcome) in zip(ids, outcomes) {
            switch outcome {
            case .confirmed:
                confirmed.append(id)
            case .returned(let code, let text):
                turnedAway.append(id)
                reason = "returned as unroutable (\(code) \(text))"
            case .refused:
                turnedAway.append(id)
                reason = "refused by its queue (basic.nack)"
            case .unconfirmed(let error):
                connectionError = error
            }
        }
    }
}
