import Commerce
import FoundationEssentials

/// What `GET /customers/{id}/orders` answers: a customer's statistics and their newest orders.
struct CustomerSummary: Sendable, Hashable {
    /// One of the newest orders.
    struct RecentOrder: Sendable, Hashable {
        let id: OrderID
        let total: Money
        let isCancelled: Bool
        let pieces: Int64?
        let orderedAt: Date
    }

    /// How many orders ``recent`` has at most.
    static let recentCount = 10

    let customer: CustomerKey
    /// Orders that stand; cancelled ones are not in it, nor in ``totalSpent``.
    let totalOrders: Int64
    let totalSpent: Money
    let cancelledOrders: Int64
    /// When the first of all orders was placed, cancelled or not.
    let firstOrderDate: Date?
    /// The newest orders of all, newest first.
    let recent: [RecentOrder]

    /// Rounded half away from zero; zero where no order stands.
    var averageOrderValue: Money { totalSpent.divided(by: totalOrders) }
    var lastOrderDate: Date? { recent.first?.orderedAt }
}

extension JSONWriter {
    mutating func summary(_ summary: CustomerSummary) {
        object {
            $0.name("customerId")
            $0.string(summary.customer.text)
            $0.name("totalOrders")
            $0.integer(summary.totalOrders)
            $0.name("totalSpent")
            $0.money(summary.totalSpent)
            $0.name("averageOrderValue")
            $0.money(summary.averageOrderValue)
            $0.name("lastOrderDate")
            $0.date(orNull: summary.lastOrderDate)
            $0.name("firstOrderDate")
            $0.date(orNull: summary.firstOrderDate)
            $0.name("currency")
            $0.string(summary.totalSpent.currency.code)
            $0.name("cancelledOrders")
            $0.integer(summary.cancelledOrders)
            $0.name("recent")
            $0.array { for order in summary.recent { $0.recentOrder(order) } }
        }
    }

    private mutating func recentOrder(_ order: CustomerSummary.RecentOrder) {
        object {
            $0.name("id")
            $0.identifier(order.id)
            $0.name("total")
            $0.money(order.total)
            $0.name("currency")
            $0.string(order.total.currency.code)
            $0.name("status")
            // Of the steps in between productd tells nobody.
            $0.string((order.isCancelled ? OrderStatus.cancelled : .created).rawValue)
            $0.name("pieces")
            if let pieces = order.pieces { $0.integer(pieces) } else { $0.null() }
            $0.name("createdAt")
            $0.date(order.orderedAt)
        }
    }

    private mutating func date(orNull date: Date?) {
        if let date { self.date(date) } else { null() }
    }
}
