import Commerce
import Daemon
import Foundation
import Postgres
import RabbitMQ
import TestSupport
import Testing

@testable import CustomerService

@Suite("Order events from RabbitMQ reach the statistics")
struct ConsumerTests {
    @Test("the orders of NestJS producers are counted; what else they send is parked")
    func nestMessages() async throws {
        guard case .array(let messages) = try JSON.parse(PackageResources.nestjs_messages_json).value else {
            throw TestFailure("no fixtures")
        }
        let bodies = messages.compactMap { if case .string(let body)? = $0["body"] { body } else { nil } }
        try await Customerd.run { customerd in
            try await customerd.broker.send(bodies)
            try await customerd.awaitOrders(5)
            #expect(try await customerd.broker.parked(10).count == 10)
            let summary = try await customerd.summary(of: "zo%C3%AB-%C3%BCn%C3%AF")
            #expect(summary["customerId"] == .string("zoë-ünï"))
            #expect(summary["totalOrders"] == .number("1"))
            // Four deliveries of one order.
            #expect(try await customerd.summary(of: "7")["totalSpent"] == .number("1.50"))
        }
    }

    @Test("an event that comes ten times, to all workers, counts once")
    func duplicates() async throws {
        try await Customerd.run(settings: ["CONSUMER_WORKERS": "3", "CONSUMER_BATCH_SIZE": "7"]) { customerd in
            let orders = (0..<50).map { _ in TestOrder() }
            try await customerd.broker.send((0..<10).flatMap { _ in orders.map { $0.rich() }.shuffled() })
            try await customerd.awaitOrders(50)
            try await customerd.awaitEmptyQueues()
            #expect(try await customerd.countedOrders() == 50)
            #expect(
                try await customerd.database.number("SELECT sum(total_spent_minor)::bigint FROM customer_stats") == 50
                    * 2425)
        }
    }

    @Test("an order whose cancellation comes first, through its own queue, is counted as cancelled once both are there")
    func cancelledBeforeCreated() async throws {
        try await Customerd.run { customerd in
            let order = TestOrder()
            let broker = customerd.broker
            try await broker.send([order.cancelled], to: broker.topology.cancelledQueue)
            try await eventually("the cancellation is counted") {
                try await customerd.database.number("SELECT count(*) FROM customer_stats WHERE cancelled_orders = 1")
                    == 1
            }
            try await broker.send(order.poor)
            try await customerd.awaitEmptyQueues()
            let summary = try await customerd.summary(of: order.customer)
            #expect(summary["totalOrders"] == .number("0"))
            #expect(summary["cancelledOrders"] == .number("1"))
            #expect(summary["firstOrderDate"] == .string(order.createdAt))
        }
    }

    @Test(
        "all events of the same orders, shuffled over four workers, come to one cancellation each, without a deadlock")
    func race() async throws {
        try await Customerd.run(settings: ["CONSUMER_WORKERS": "4", "CONSUMER_BATCH_SIZE": "20"]) { customerd in
            // Few customers, so that workers meet at their statistics, too.
            let orders = (0..<300).map { TestOrder(customer: "customer-\($0 % 5)") }
            let events = orders.flatMap {
                [$0.poor, $0.rich(name: nil), $0.poor, $0.rich(), $0.cancelled, $0.cancelled]
            }
            try await customerd.broker.send(events.shuffled())
            try await customerd.awaitEmptyQueues()
            for (column, expected) in [("total_orders", 0), ("total_spent_minor", 0), ("cancelled_orders", 300)] {
                #expect(
                    try await customerd.database.number("SELECT sum(\(column))::bigint FROM customer_stats")
                        == expected,
                    "\(column)")
            }
            #expect(
                try await customerd.database.number(
                    "SELECT count(*) FROM customer_orders WHERE pieces = 3 AND ordered_at_known") == 300)
            #expect(
                try await customerd.database.number(
                    "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0)
        }
    }

    @Test("messages that can't be applied are parked with their reasons, and the next good one is applied")
    func parking() async throws {
        let order = TestOrder()
        try await Customerd.run { customerd in
            try await customerd.broker.send([
                "no json", #"{"pattern":"order_shipped","data":{}}"#,
                #"{"pattern":"order_created","data":{"orderId":"\#(order.id)","amount":1}}"#,
                #"{"pad":"\#(String(repeating: "x", count: 1 << 20))"}"#,
                #"{"pattern":"order_created","data":{"orderId":"\#(order.id)","customerId":"1","total":"12.345"}}"#,
                order.rich(),
            ])
            try await customerd.awaitOrders(1)
            let parked = try await customerd.broker.parked(5)
            let reasons = parked.map { $0.headers[ForwardingHeader.reason] }
            #expect(
                Set(reasons) == [
                    .string("malformed-json"), .string("unknown-pattern"), .string("invalid-data"),
                    .string("too-large"),
                ])
            #expect(parked.contains { $0.body == Array("no json".utf8) })
            #expect(parked.contains { $0.body.count > 1 << 20 })
            #expect(
                parked.allSatisfy { $0.isPersistent && $0.headers[ForwardingHeader.queue] == .string("order_created") })
        }
    }

    @Test("a message that is too large to keep goes to the parking queue whole, beside a note that says why")
    func enormousMessage() async throws {
        try await Customerd.run { customerd in
            let body = #"{"pad":"\#(String(repeating: "x", count: 5 << 20))"}"#
            try await customerd.broker.send([TestOrder().poor, body])
            try await customerd.broker.send(TestOrder().poor)
            try await customerd.awaitOrders(2)
            let parked = try await customerd.broker.parked(2).sorted { $0.body.count < $1.body.count }
            #expect(parked[0].headers[ForwardingHeader.reason] == .string("too-large"))
            #expect(parked[0].body.isEmpty)
            #expect(parked[1].body.count == body.utf8.count)
            try await customerd.awaitEmptyQueues()
        }
    }

    @Test("a message whose headers leave no room for ours is parked without its own")
    func fullHeaders() async throws {
        try await Customerd.run { customerd in
            let queue = customerd.broker.topology.createdQueue
            try await customerd.broker.publish([
                Message(
                    exchange: "", routingKey: queue, body: Array("no json".utf8),
                    headers: ["pad": .string(String(repeating: "x", count: 130_900))])
            ])
            let parked = try await customerd.broker.parked(1)
            #expect(parked[0].headers[ForwardingHeader.reason] == .string("malformed-json"))
            #expect(parked[0].headers["pad"] == nil)
            #expect(parked[0].body == Array("no json".utf8))
        }
    }

    @Test("an event that the tables can't take is found in its batch and parked; its neighbours are applied")
    func culprit() async throws {
        try await Customerd.run { customerd in
            let orders = (0..<40).map { _ in TestOrder() }
            let customer = orders[17].customer
            try await customerd.database.use { connection in
                // One more cent than a bigint has room for.
                _ = try connection.query(
                    "INSERT INTO customer_stats VALUES ($1, 0, 9223372036854775807 - 2424, 0)", customer)
            }
            try await customerd.broker.send(orders.map { $0.rich() })
            try await customerd.awaitOrders(39)
            let parked = try await customerd.broker.parked(1)
            #expect(parked[0].body == Array(orders[17].rich().utf8))
            #expect(parked[0].headers[ForwardingHeader.reason] == .string("database-refused"))
        }
    }

    @Test("an event that fails for no known reason is tried five times, behind the others, then parked")
    func attempts() async throws {
        try await Customerd.run { customerd in
            let (cursed, good) = (TestOrder(), TestOrder())
            try await customerd.database.use { connection in
                try connection.execute(
                    script: """
                        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                            $$BEGIN RAISE EXCEPTION 'not this one'; END$$;
                        CREATE TRIGGER refuse BEFORE INSERT ON customer_orders
                            FOR EACH ROW WHEN (NEW.order_id = '\(cursed.id)') EXECUTE FUNCTION refuse();
                        """)
            }
            try await customerd.broker.send([cursed.poor, good.poor])
            try await customerd.awaitOrders(1)
            let parked = try await customerd.broker.parked(1)
            #expect(parked[0].headers[ForwardingHeader.attempts] == .int(5))
            #expect(parked[0].headers[ForwardingHeader.queue] == .string("order_created"))
            #expect(parked[0].body == Array(cursed.poor.utf8))
        }
    }

    @Test("50,000 orders of customers without a profile, consumed by four workers, are all counted")
    func newCustomers() async throws {
        try await Customerd.run(settings: ["CONSUMER_WORKERS": "4"]) { customerd in
            // Every customer orders twice, from places in the stream where two workers may meet.
            let orders = (0..<25_000).flatMap { number in
                (0..<2).map { _ in TestOrder(customer: "customer-\(number)", total: "1") }
            }
            for start in stride(from: 0, to: orders.count, by: 5_000) {
                try await customerd.broker.send(orders[start..<(start + 5_000)].map(\.poor))
            }
            try await customerd.awaitOrders(50_000, within: .seconds(180))
            #expect(try await customerd.database.number("SELECT count(*) FROM customers") == 25_000)
            #expect(try await customerd.database.number("SELECT count(*) FROM customer_orders") == 50_000)
            #expect(
                try await customerd.database.number(
                    "SELECT count(*) FROM customer_stats WHERE total_orders = 2 AND total_spent_minor = 200") == 25_000)
        }
    }
}

extension Customerd {
    /// Waits until everything that was sent is acknowledged.
    func awaitEmptyQueues() async throws {
        for queue in broker.topology.queues {
            try await eventually("\(queue) is empty") {
                let answer = try await servers.manage("GET", "/api/queues/\(virtualHost)/\(queue)")
                return try JSON.parse(answer.body)["messages"] == .number("0")
            }
        }
    }
}
