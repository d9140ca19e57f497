import Daemon
import FoundationEssentials
import RabbitMQ

/// The headers with which a message goes elsewhere.
enum ForwardingHeader {
    /// How often applying it has failed.
    static let attempts = "tradepost-attempts"
    /// Why it is parked, as a short name.
    static let reason = "tradepost-reason"
    /// Why it is parked, or why the last attempt failed, in a sentence.
    static let detail = "tradepost-detail"
    static let parkedAt = "tradepost-parked-at"
    /// Where it was first published to, and the queue that it came from.
    static let exchange = "tradepost-original-exchange"
    static let routingKey = "tradepost-original-routing-key"
    static let queue = "tradepost-original-queue"

    static let all: Set = [attempts, reason, detail, parkedAt, exchange, routingKey, queue]
}

extension Message {
    /// The message without the headers that it came with.
    var withOnlyForwardingHeaders: Message {
        var message = self
        message.headers = headers.filter { ForwardingHeader.all.contains($0.key) }
        return message
    }

    var hasOnlyForwardingHeaders: Bool {
        headers.keys.allSatisfy(ForwardingHeader.all.contains)
    }
}

extension Delivery {
    /// How often applying this message has failed so far; one that somebody moved back from the parking queue begins
    /// anew.
    var failedAttempts: Int64 {
        guard case .int(let count)? = message.headers[ForwardingHeader.attempts],
            message.headers[ForwardingHeader.parkedAt] == nil
        else { return 0 }
        return max(0, count)
    }

    /// The message for the parking queue: body and properties as they came, and headers that say why it lies there.
    func parked(because reason: ParkingReason, after attempts: Int64, at time: Date) -> Message {
        var message = forwarded(to: OrderTopology.parkingQueue(of: queue), attempts: attempts, detail: reason.detail)
        message.headers[ForwardingHeader.reason] = .string(reason.name)
        message.headers[ForwardingHeader.parkedAt] = .timestamp(time)
        return message
    }

    /// The message for another attempt, behind everything that waits in its queue.
    func retried(after attempts: Int64, because reason: ParkingReason) -> Message {
        var message = forwarded(to: queue, attempts: attempts, detail: reason.detail)
        message.headers[ForwardingHeader.reason] = nil
        message.headers[ForwardingHeader.parkedAt] = nil
        return message
    }

    private func forwarded(to destination: String, attempts: Int64, detail: String) -> Message {
        var message = message
        let origin: [String: FieldValue] = [
            ForwardingHeader.exchange: .string(message.exchange),
            ForwardingHeader.routingKey: .string(message.routingKey),
            ForwardingHeader.queue: .string(queue),
        ]
        // A message that comes back from a retry knows its origin already.
        message.headers.merge(origin) { known, _ in known }
        message.headers[ForwardingHeader.attempts] = .int(attempts)
        message.headers[ForwardingHeader.detail] = .string(String(detail.prefix(1_000)))
        message.exchange = ""
        message.routingKey = destination
        message.isPersistent = true
        message.isMandatory = true
        return message
    }
}

extension Verdict {
    /// What must be published before the delivery may be acknowledged; `nil` for nothing.
    ///
    /// - Parameter maximumAttempts: After so many failures a message is parked.
    func message(for delivery: Delivery, maximumAttempts: Int, at time: Date) -> Message? {
        let attempts = delivery.failedAttempts
        switch self {
        case .applied: return nil
        case .park(let reason): return delivery.parked(because: reason, after: attempts + 1, at: time)
        case .retry(let reason):
            return attempts + 1 < maximumAttempts
                ? delivery.retried(after: attempts + 1, because: reason)
                : delivery.parked(because: reason, after: attempts + 1, at: time)
        }
    }
}
