import Commerce
import FoundationEssentials
import RabbitMQ

/// A delivery whose event can be applied.
struct ReceivedEvent: Sendable, Hashable {
    let delivery: Delivery
    let event: ReceivedOrderEvent

    /// When the event came about, as far as anybody said: its message's time, else its order's.
    var happenedAt: Date? { delivery.message.timestamp ?? event.createdAt }
}

/// Why a message is not applied, as its parking place names it.
struct ParkingReason: Error, Sendable, Hashable {
    /// A short name that stays the same: what a dashboard counts by.
    let name: String
    /// One sentence for whoever looks into the parking queue.
    let detail: String

    /// Every name that there is.
    static let names =
        OrderEventRefusal.Reason.allCases.map(\.rawValue) + [databaseRefused, processingFailed]
    /// The database does not take it.
    static let databaseRefused = "database-refused"
    /// It failed in a way that nobody foresaw.
    static let processingFailed = "processing-failed"

    init(_ refusal: OrderEventRefusal) {
        self.init(name: refusal.reason.rawValue, detail: refusal.detail)
    }

    init(name: String, detail: String) {
        self.name = name
        self.detail = detail
    }
}

/// What is to be done about a delivery, besides acknowledging it.
enum Verdict: Sendable, Hashable {
    /// Nothing: its effect is committed.
    case applied
    /// It can never succeed, or has failed often enough.
    case park(ParkingReason)
    /// It failed, and may succeed later: back to the end of its queue, with one more attempt on its count.
    case retry(ParkingReason)

    var isRetry: Bool {
        if case .retry = self { true } else { false }
    }
}

/// A batch of deliveries, read: which can be applied, and which can never be.
struct EventBatch: Sendable {
    private(set) var events: [ReceivedEvent] = []
    private(set) var refused: [(delivery: Delivery, reason: ParkingReason)] = []

    init(reading deliveries: [Delivery], currency: Currency) {
        for delivery in deliveries {
            do throws(OrderEventRefusal) {
                if let size = delivery.omittedBodySize {
                    throw OrderEventRefusal(.tooLarge, "\(size) bytes are more than \(ReceivedOrderEvent.maximumBytes)")
                }
                let event = try ReceivedOrderEvent(decoding: delivery.message.body, currency: currency)
                events.append(ReceivedEvent(delivery: delivery, event: event))
            } catch {
                refused.append((delivery, ParkingReason(error)))
            }
        }
    }
}
