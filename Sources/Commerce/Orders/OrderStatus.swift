/// How far an order has come: CREATED → PROCESSING → SHIPPED → DELIVERED, or CANCELLED from the first two.
public enum OrderStatus: String, Sendable, Hashable, CaseIterable {
    case created = "CREATED"
    case processing = "PROCESSING"
    case shipped = "SHIPPED"
    case delivered = "DELIVERED"
    case cancelled = "CANCELLED"

    /// The statuses that may come right after this one.
    public var successors: [OrderStatus] {
        switch self {
        case .created: [.processing, .cancelled]
        case .processing: [.shipped, .cancelled]
        case .shipped: [.delivered]
        case .delivered, .cancelled: []
        }
    }
}
