/// What productd tells the world about an order.
///
/// On the wire it is the envelope that `@nestjs/microservices` reads: `{"pattern":…,"data":{…}}`. It never has a
/// top-level `id`, which a NestJS consumer would take for a request and answer. See `docs/events.md`.
public struct OrderEvent: Sendable, Hashable {
    /// What happened. The raw value is the envelope's `pattern`, the routing key, and the message's `type`.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case created = "order_created"
        case cancelled = "order_cancelled"
    }

    public let kind: Kind
    /// The order as it was when this happened.
    public let order: Order

    public init(_ kind: Kind, _ order: Order) {
        self.kind = kind
        self.order = order
    }

    /// The version of `data`'s form. It rises only when a member changes its meaning.
    public static let version = 1

    /// The message's body.
    ///
    /// - Parameter items: The order's items as JSON, where they were written before.
    public func encoded(items: [UInt8]? = nil) -> [UInt8] {
        JSONWriter.object(reservingCapacity: 768 + 160 * order.items.count) {
            $0.name("pattern")
            $0.string(kind.rawValue)
            $0.name("data")
            $0.object {
                $0.members(of: order, items: items)
                $0.name("orderId")
                $0.identifier(order.id)
                $0.name("amount")
                $0.money(order.total)
                $0.name("version")
                $0.integer(Self.version)
            }
        }
    }
}
