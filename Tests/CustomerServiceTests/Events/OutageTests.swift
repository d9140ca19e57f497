import Commerce
import Daemon
import Foundation
import Postgres
import RabbitMQ
import TestSupport
import Testing

@testable import CustomerService

@Suite("Order events survive bad days")
struct OutageTests {
    @Test("while the database is away events wait, no attempt is counted, and afterwards each counts once")
    func databaseAway() async throws {
        try await Customerd.run { customerd in
            try await customerd.broker.send(TestOrder().poor)
            try await customerd.awaitOrders(1)
            try await customerd.setDatabase(open: false)
            try await eventually("customerd says so") { customerd.isDatabaseDown }
            #expect(try await customerd.request("GET", "/customers/1").status == 503)
            let orders = (0..<300).map { _ in TestOrder() }
            try await customerd.broker.send(orders.map(\.poor) + ["no json"])
            try await eventually("the workers say so") { customerd.chassis.health["orderEvents"] != .up }
            try await customerd.setDatabase(open: true)
            try await customerd.awaitOrders(301)
            try await eventually("customerd is ready") { customerd.isReady }
            let parked = try await customerd.broker.parked(1)
            #expect(parked[0].body == Array("no json".utf8))
        }
    }

    @Test("a queue that is deleted is declared anew, and consumed")
    func queueDeleted() async throws {
        try await Customerd.run(settings: ["RABBITMQ_QUEUE_TYPE": "classic"]) { customerd in
            let queue = customerd.broker.topology.createdQueue
            try await customerd.servers.manage("DELETE", "/api/queues/\(customerd.virtualHost)/\(queue)")
            let order = TestOrder()
            try await eventually("an event is counted again") {
                // Until it is there again, the queue returns what is sent to it.
                _ = try? await customerd.broker.send(order.poor)
                return try await customerd.countedOrders() == 1
            }
            try await eventually("customerd is ready") { customerd.isReady }
        }
    }

    @Test("connections that the broker closes are made anew, and nothing is counted twice")
    func connectionsClosed() async throws {
        try await Customerd.run(settings: ["CONSUMER_BATCH_SIZE": "5"]) { customerd in
            let orders = (0..<2_000).map { _ in TestOrder() }
            try await customerd.broker.send(orders.map(\.poor))
            for round in 1...3 {
                try await eventually("some are counted") { try await customerd.countedOrders() >= Int64(round * 300) }
                try await customerd.closeBrokerConnections()
            }
            try await customerd.awaitOrders(2_000)
            try await customerd.awaitEmptyQueues()
            #expect(try await customerd.countedOrders() == 2_000)
        }
    }

    @Test("stopping ends the batches in hand and no more; what waits is counted after the next start, all once")
    func stopping() async throws {
        try await CustomerdPlace.make { place in
            let orders = (0..<5_000).map { _ in TestOrder() }
            try await place.run(settings: ["CONSUMER_BATCH_SIZE": "50"]) { customerd in
                try await customerd.broker.send(orders.map(\.poor))
                try await eventually("some are counted") { try await customerd.countedOrders() > 0 }
            }
            let counted = try await place.database.number("SELECT count(*) FROM customer_orders")
            #expect((1..<5_000).contains(counted))
            try await place.run { customerd in
                try await customerd.awaitOrders(5_000)
                try await customerd.awaitEmptyQueues()
                #expect(try await customerd.countedOrders() == 5_000)
            }
        }
    }
}

extension Customerd {
    fileprivate var isDatabaseDown: Bool {
        if case .down? = chassis.health["postgres"] { true } else { false }
    }

    /// Shuts everybody out of the database, or lets them in again, as if the server were down.
    func setDatabase(open: Bool) async throws {
        let name = database.name
        let script =
            open
            ? "ALTER DATABASE \(name) ALLOW_CONNECTIONS true"
            : """
            ALTER DATABASE \(name) ALLOW_CONNECTIONS false;
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'
            """
        try await database.useServer { try $0.execute(script: script) }
    }

    /// Has the broker close the connections of this virtual host's consumers.
    func closeBrokerConnections() async throws {
        try await eventually("the broker knows the connections") {
            let answer = try await servers.manage("GET", "/api/vhosts/\(virtualHost)/connections")
            guard case .array(let connections) = try JSON.parse(answer.body), connections.count >= 2 else {
                return false
            }
            for connection in connections {
                guard case .string(let name)? = connection["name"] else { continue }
                let path = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
                try await servers.manage("DELETE", "/api/connections/\(path)")
            }
            return true
        }
    }
}
