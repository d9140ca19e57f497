import AdminChannel
import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// What operators may ask of customers and their orders, and the statistics made anew.
struct CustomerCommands: Sendable {
    let pool: PostgresPool
    let currency: Currency

    var all: [AdminCommand] { [customer, order, rebuild] }

    private var customer: AdminCommand {
        AdminCommand(
            "customer show", role: .viewer, "A customer's statistics and newest orders.",
            [.argument("id", "The customer's id.")],
            examples: ["customer show 01960000-0000-7000-8000-0000000000c2"]
        ) { call, reply in
            let customer = try Self.customer(call["id"] ?? "")
            guard let summary = try await SummaryStore(pool: pool, currency: currency).summary(of: customer) else {
                throw AdminEnd(.notFound, "no customer \(customer)")
            }
            try await reply.row { json in
                json.name("customerId")
                json.string(summary.customer.text)
                json.name("totalOrders")
                json.integer(summary.totalOrders)
                json.name("totalSpent")
                json.money(summary.totalSpent)
                json.name("currency")
                json.string(currency.code)
                json.name("cancelledOrders")
                json.integer(summary.cancelledOrders)
                json.name("firstOrderAt")
                json.nullable(summary.firstOrderDate)
                json.name("lastOrderAt")
                json.nullable(summary.lastOrderDate)
            }
            for order in summary.recent {
                try await reply.row { json in
                    json.name("orderId")
                    json.identifier(order.id)
                    json.name("total")
                    json.money(order.total)
                    json.name("cancelled")
                    json.bool(order.isCancelled)
                    json.name("createdAt")
                    json.date(order.orderedAt)
                }
            }
            return .ok()
        }
    }

    private var order: AdminCommand {
        AdminCommand(
            "order show", role: .viewer, "What is known here of an order, and when its event was applied.",
            [.argument("id", "The order's id.")], examples: ["order show 019ab2c4-7d1e-7c3a-8f00-3b1f6a2d9c55"]
        ) { call, reply in
            let id = try call.uuid("id")
            let found = try await pool.withConnection { connection in
                try connection.query(Self.byID, id).first.map {
                    try $0.decode(String.self, Int64.self, Date.self, Date?.self, Date?.self)
                }
            }
            guard let (customer, totalMinor, orderedAt, cancelledAt, appliedAt) = found else {
                throw AdminEnd(
                    .notFound, "no event has told of this order; if productd has it, see customerctl reconcile")
            }
            try await reply.row { json in
                json.name("orderId")
                json.string(call["id"]?.lowercased() ?? "")
                json.name("customerId")
                json.string(customer)
                json.name("total")
                json.money(Money(minorUnits: totalMinor, currency: currency))
                json.name("createdAt")
                json.date(orderedAt)
                json.name("cancelledAt")
                json.nullable(cancelledAt)
                json.name("appliedAt")
                json.nullable(appliedAt)
            }
            return .ok()
        }
    }

    private var rebuild: AdminCommand {
        AdminCommand(
            "stats rebuild", role: .admin, "Compute statistics anew from the orders, while events go on being applied.",
            [
                .option("customer", "Only this customer's.", as: "ID"),
                .option("reason", "Why; kept in the audit.", as: "TEXT"),
            ], examples: ["stats rebuild", "stats rebuild --customer 01960000-0000-7000-8000-0000000000c2"],
            isMutation: true
        ) { call, reply in
            let statistics = StatisticsRebuild(pool: pool)
            if let text = call["customer"] {
                let wrong = try await statistics.rebuild([Self.customer(text).text])
                return .ok(wrong == 0 ? "the statistics were right" : "the statistics were wrong and are right now")
            }
            let total = try await statistics.count()
            var (done, wrong) = (0, 0)
            var customers = try await statistics.customers(after: nil)
            while let last = customers.last {
                wrong += try await statistics.rebuild(customers)
                done += customers.count
                try await reply.progress(done, of: max(total, done), "customers")
                customers = try await statistics.customers(after: last)
            }
            return .ok("the statistics of \(done) customers are right; \(wrong) were wrong before")
        }
    }

    private static func customer(_ text: String) throws(AdminEnd) -> CustomerKey {
        guard let key = CustomerKey(text) else {
            throw AdminEnd(.usage, "a customer's id has 1 to 255 bytes and no control characters")
        }
        return key
    }

    private static let byID: Statement = """
        SELECT customer_id, total_minor, ordered_at, cancelled_at, applied_at
        FROM customer_orders WHERE order_id = $1::uuid
        """
}
