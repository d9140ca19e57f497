import Commerce
import Crypto
import Daemon
import FoundationEssentials
import RabbitMQ

/// A message in a parking queue, as operators see it.
struct DeadLetter: Sendable {
    /// The message's own id; of one that has none, the beginning of its body's SHA-256.
    let id: String
    /// The parking queue that it lies in.
    let queue: String
    let type: String?
    let reason: String?
    let detail: String?
    let parkedAt: Date?
    let attempts: Int64?
    let bodyBytes: Int
    /// The order that it tells of, where that can be read.
    let orderID: String?

    init(_ delivery: Delivery) {
        let message = delivery.message
        id = Self.id(of: message)
        queue = delivery.queue
        type = message.type
        reason = message.headers[ForwardingHeader.reason]?.text
        detail = message.headers[ForwardingHeader.detail]?.text
        if case .timestamp(let time)? = message.headers[ForwardingHeader.parkedAt] {
            parkedAt = time
        } else {
            parkedAt = nil
        }
        if case .int(let count)? = message.headers[ForwardingHeader.attempts] {
            attempts = count
        } else {
            attempts = nil
        }
        bodyBytes = delivery.omittedBodySize.map { Int(clamping: $0) } ?? message.body.count
        let data = try? JSON.parse(message.body).value["data"]
        if case .string(let id)? = data?["orderId"] ?? data?["id"] { orderID = id } else { orderID = nil }
    }

    static func id(of message: Message) -> String {
        message.messageID ?? String(digest(of: message.body).prefix(12))
    }

    /// SHA-256 in hexadecimal digits.
    static func digest(of bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension FieldValue {
    fileprivate var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}

extension JSONWriter {
    mutating func members(of letter: DeadLetter) {
        name("id")
        string(letter.id)
        name("queue")
        string(letter.queue)
        name("type")
        nullable(letter.type)
        name("orderId")
        nullable(letter.orderID)
        name("reason")
        nullable(letter.reason)
        name("attempts")
        nullable(letter.attempts)
        name("bodyBytes")
        integer(letter.bodyBytes)
        name("parkedAt")
        nullable(letter.parkedAt)
        name("detail")
        nullable(letter.detail)
    }
}
