import Foundation
import RabbitMQ
import Testing

@testable import CustomerService

@Suite("A message that goes elsewhere keeps what it was, and says why it went")
struct ForwardingTests {
    private let reason = ParkingReason(name: "database-refused", detail: "out of range")

    private func delivery(attempts: Int64? = nil) -> Delivery {
        var headers: [String: FieldValue] = ["traceparent": .string("00-1")]
        headers[ForwardingHeader.attempts] = attempts.map { .int($0) }
        return Delivery(
            message: Message(
                exchange: "tradepost.orders", routingKey: "order_created", body: [1, 2],
                contentType: "application/json",
                messageID: "7", type: "order_created", appID: "productd", headers: headers),
            tag: 1, queue: "orders", isRedelivered: false)
    }

    @Test("a parked message has its body, its properties, where it came from and why it lies there")
    func parked() throws {
        let time = Date(timeIntervalSince1970: 1_000)
        let message = try #require(
            Verdict.park(reason).message(for: delivery(), maximumAttempts: 5, at: time))
        #expect(message.exchange == "" && message.routingKey == "orders.parked")
        #expect(message.body == [1, 2] && message.messageID == "7" && message.appID == "productd")
        #expect(
            message.headers == [
                "traceparent": .string("00-1"), "tradepost-reason": .string("database-refused"),
                "tradepost-detail": .string("out of range"), "tradepost-parked-at": .timestamp(time),
                "tradepost-attempts": .int(1), "tradepost-original-exchange": .string("tradepost.orders"),
                "tradepost-original-routing-key": .string("order_created"),
                "tradepost-original-queue": .string("orders"),
            ])
    }

    @Test("a message that might succeed goes to the end of its queue four times, then is parked")
    func attempts() throws {
        var attempt = delivery()
        for count in 1...4 {
            let message = try #require(Verdict.retry(reason).message(for: attempt, maximumAttempts: 5, at: .now))
            #expect(message.routingKey == "orders")
            #expect(message.headers[ForwardingHeader.attempts] == .int(Int64(count)))
            attempt = Delivery(message: message, tag: 1, queue: "orders", isRedelivered: false)
        }
        let last = try #require(Verdict.retry(reason).message(for: attempt, maximumAttempts: 5, at: .now))
        #expect(last.routingKey == "orders.parked")
        #expect(last.headers[ForwardingHeader.attempts] == .int(5))
        // The default exchange of the attempts in between is not where it came from.
        #expect(last.headers[ForwardingHeader.exchange] == .string("tradepost.orders"))
    }

    @Test("a message that was moved back from the parking queue is tried as often as a new one")
    func unparked() throws {
        let parked = try #require(
            Verdict.park(reason).message(for: delivery(attempts: 4), maximumAttempts: 5, at: .now))
        let again = Delivery(message: parked, tag: 1, queue: "orders", isRedelivered: false)
        let retried = try #require(Verdict.retry(reason).message(for: again, maximumAttempts: 5, at: .now))
        #expect(retried.routingKey == "orders")
        #expect(retried.headers[ForwardingHeader.attempts] == .int(1))
        #expect(retried.headers[ForwardingHeader.reason] == nil)
    }

    @Test("an applied message goes nowhere")
    func applied() {
        #expect(Verdict.applied.message(for: delivery(), maximumAttempts: 5, at: .now) == nil)
    }
}
