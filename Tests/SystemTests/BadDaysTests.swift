import Foundation
import Postgres
import TestSupport
import Testing

/// Servers and daemons go away under load; each test has servers of its own to break.
@Suite("Whatever goes away under load, no accepted order is lost and none is counted twice", .serialized)
struct BadDaysTests {
    /// Opens a shop, lets eight customers shop while `body` breaks things, and then compares everything.
    private func badDay(
        settings: [String: String] = [:], _ body: @escaping @Sendable (Shop, Shoppers) async throws -> Void
    ) async throws {
        try await TestServers.withPrivate { servers in
            try await Shop.open(on: servers, settings: settings) { shop in
                let shoppers = Shoppers(port: shop.productd.port, product: try await shop.addProduct())
                try await shoppers.shop(8) { try await body(shop, shoppers) }
                try await shop.productd.awaitReadiness()
                try await shop.customerd.awaitReadiness()
                try await shop.awaitAgreement()
                #expect(shoppers.contradictions == [])
                #expect(shoppers.acceptedIDs.isSubset(of: Set(try await shop.orders().keys)))
            }
        }
    }

    @Test("PostgreSQL restarted")
    func postgresRestarted() async throws {
        try await badDay { shop, shoppers in
            for _ in 0..<3 {
                try await shoppers.awaitOrders(200)
                try await shop.servers.tell(.postgres, to: "restart")
            }
            try await shoppers.awaitOrders(200)
        }
    }

    @Test("PostgreSQL killed in the middle of commits")
    func postgresKilled() async throws {
        try await badDay { shop, shoppers in
            for _ in 0..<3 {
                try await shoppers.awaitOrders(200)
                try await shop.servers.tell(.postgres, to: "kill")
                try await shop.servers.tell(.postgres, to: "start")
            }
            try await shoppers.awaitOrders(200)
        }
    }

    @Test("while the standby that COMMIT waits for is away no order is accepted, and what was sent is one order later")
    func standbyAway() async throws {
        try await TestServers.withPrivate { servers in
            try await Shop.open(on: servers, settings: ["ORDER_DEADLINE": "2s"], running: [\.productd]) { shop in
                let product = try await shop.addProduct()
                func place(_ key: String) async throws -> Int {
                    try await shop.productd.send(
                        "POST", "/orders", headers: ["Idempotency-Key": key],
                        #"{"customerId":"8f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c","items":[{"productId":"\#(product)","quantity":1}]}"#
                    ).status
                }
                func alter(_ setting: Statement) async throws {
                    try await shop.products.use { connection in
                        try connection.execute(setting)
                        try connection.execute("SELECT pg_reload_conf()")
                    }
                }
                try await alter("ALTER SYSTEM SET synchronous_standby_names = 'away'")
                var count = 0
                // The server takes its new settings over when it comes to it.
                try await eventually("an order waits for the standby", within: .seconds(60)) {
                    count += 1
                    return try await place("k-\(count)") == 503
                }
                let known = "SELECT count(*) FROM idempotency_keys"
                #expect(try await shop.products.number(known) == Int64(count - 1))
                try await alter("ALTER SYSTEM RESET synchronous_standby_names")
                try await eventually("the order is accepted", within: .seconds(60)) {
                    try await place("k-\(count)") == 201
                }
                #expect(try await shop.products.number(known) == Int64(count))
                #expect(try await shop.products.number("SELECT count(*) FROM orders") == Int64(count))
            }
        }
    }

    @Test("RabbitMQ restarted")
    func rabbitRestarted() async throws {
        try await badDay { shop, shoppers in
            try await shoppers.awaitOrders(200)
            try await shop.servers.tell(.rabbitmq, to: "restart")
            try await shoppers.awaitOrders(200)
        }
    }

    @Test("RabbitMQ stopped for a minute: orders are taken all the while")
    func rabbitStopped() async throws {
        try await badDay { shop, shoppers in
            try await shoppers.awaitOrders(200)
            try await shop.servers.tell(.rabbitmq, to: "stop")
            let stopped = ContinuousClock.now
            try await shop.productd.awaitReadiness("degraded")
            let undecided = shoppers.undecidedCount
            while .now - stopped < .seconds(60) { try await shoppers.awaitOrders(200) }
            #expect(shoppers.undecidedCount == undecided)
            #expect(try await shop.products.number("SELECT count(*) FROM outbox") > 0)
            try await shop.servers.tell(.rabbitmq, to: "start")
            try await shoppers.awaitOrders(200)
        }
    }

    @Test("RabbitMQ frozen: it holds its sockets and says nothing")
    func rabbitFrozen() async throws {
        try await badDay(settings: ["OUTBOX_CONFIRM_DEADLINE": "2s"]) { shop, shoppers in
            try await shoppers.awaitOrders(200)
            try await shop.servers.tell(.rabbitmq, to: "pause")
            try await shop.productd.awaitReadiness("degraded")
            try await shoppers.awaitOrders(500)
            try await shop.servers.tell(.rabbitmq, to: "resume")
            try await shop.productd.awaitReadiness()
        }
    }

    @Test("kill -9 of productd, twenty times at random moments")
    func productdKilled() async throws {
        try await badDay { shop, shoppers in
            for _ in 0..<20 {
                try await shoppers.awaitOrders(.random(in: 1...150))
                shop.productd.signal(SIGKILL)
                try await shop.productd.exitStatus()
                try shop.productd.start()
            }
            try await shoppers.awaitOrders(100)
        }
    }

    @Test("kill -9 of customerd, twenty times at random moments")
    func customerdKilled() async throws {
        try await badDay { shop, shoppers in
            for _ in 0..<20 {
                try await shoppers.awaitOrders(.random(in: 1...150))
                shop.customerd.signal(SIGKILL)
                try await shop.customerd.exitStatus()
                try shop.customerd.start()
            }
            try await shoppers.awaitOrders(100)
        }
    }
}
