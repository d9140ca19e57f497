public import FoundationEssentials
import Glibc

/// What a consumer takes from an order event, whoever sent it.
///
/// productd sends all of it. The NestJS services send less: one of their producers the saved entity (`id`, `total`,
/// `createdAt`, `items`), another one only `orderId`, `customerId` and `amount`, and the same order may come in both
/// shapes. Their customers' ids are whatever their shop used, so a customer is text here.
public struct ReceivedOrderEvent: Sendable, Hashable {
    public let kind: OrderEvent.Kind
    public let orderID: OrderID
    public let customer: CustomerKey
    public let total: Money
    /// When the order was made; `nil` where the producer doesn't say.
    public let createdAt: Date?
    /// How many pieces were ordered, over all items; `nil` where the producer doesn't say.
    public let pieces: Int?
    public let name: String?
    public let email: String?
}

/// What a customer is called by whoever took the order: productd's UUID, or any text of a NestJS service.
///
/// A UUID is kept in lower case, so that one customer is not two. Else two keys are equal when their bytes are, as
/// PostgreSQL sees it, and not already when Unicode calls them canonically equivalent, as `String` sees it.
public struct CustomerKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let text: String

    /// - Returns: `nil` for text that is empty, longer than 255 bytes, or has control characters.
    public init?(_ text: String) {
        guard (1...255).contains(text.utf8.count), !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return nil
        }
        self.text = CustomerID(text)?.description ?? text
    }

    public init(_ id: CustomerID) {
        text = id.description
    }

    public var description: String { text }

    public static func == (left: Self, right: Self) -> Bool {
        left.order(to: right) == 0
    }

    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// By bytes, as PostgreSQL's collation "C" sorts them.
    public static func < (left: Self, right: Self) -> Bool {
        left.order(to: right) < 0
    }

    /// By `memcmp(3)`: a batch is sorted by its customers, and the standard library goes from one byte to the next.
    private func order(to other: Self) -> Int {
        var (left, right) = (text, other.text)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                // Never empty, so both have an address.
                guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
                let order = memcmp(first, second, min(left.count, right.count))
                return order == 0 ? left.count - right.count : Int(order)
            }
        }
    }
}

/// Why an event can never be applied, as its parking place names it.
public struct OrderEventRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// A short name that stays the same: what a dashboard counts by.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case tooLarge = "too-large"
        case malformed = "malformed-json"
        case unknownPattern = "unknown-pattern"
        case invalidData = "invalid-data"
        case otherCurrency = "other-currency"
    }

    public let reason: Reason
    /// One sentence for whoever looks into the parking queue. It names places, not values.
    public let detail: String

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    public var description: String { "\(reason.rawValue): \(detail)" }
}
