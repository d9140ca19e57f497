import Foundation
import Postgres
import TestSupport
import Testing

@Suite("The daemons start whatever is missing, and stop without losing anything", .serialized)
struct StartAndStopTests {
    @Test("with RabbitMQ absent, productd is degraded and takes orders, which are counted once it is there")
    func withoutBroker() async throws {
        try await TestServers.withPrivate { servers in
            try await Shop.open(on: servers, running: []) { shop in
                try await servers.tell(.rabbitmq, to: "stop")
                try shop.productd.start()
                try shop.customerd.start()
                try await shop.productd.awaitReadiness("degraded")
                try await shop.customerd.awaitReadiness("degraded")
                #expect(try await shop.productd.get("/readyz").status == 200)
                let shoppers = Shoppers(port: shop.productd.port, product: try await shop.addProduct())
                try await shoppers.shop(2) { try await shoppers.awaitOrders(50) }
                try await servers.tell(.rabbitmq, to: "start")
                try await shop.productd.awaitReadiness()
                try await shop.customerd.awaitReadiness()
                try await shop.awaitAgreement()
                #expect(try await shop.productd.stop() == 0)
                #expect(try await shop.customerd.stop() == 0)
            }
        }
    }

    @Test("with PostgreSQL absent, both are up, say that they are not ready, and become so by themselves")
    func withoutDatabase() async throws {
        try await TestServers.withPrivate { servers in
            try await Shop.open(on: servers, running: []) { shop in
                try await servers.tell(.postgres, to: "stop")
                try shop.productd.start()
                try shop.customerd.start()
                for daemon in [shop.productd, shop.customerd] {
                    try await daemon.awaitReadiness("down")
                    #expect(try await daemon.get("/readyz").status == 503)
                    #expect(try await daemon.get("/livez").status == 200)
                }
                let refused = try await shop.productd.send(
                    "POST", "/orders",
                    #"{"customerId":"\#(UUID().uuidString)","items":[{"productId":"\#(UUID().uuidString)","quantity":1}]}"#
                )
                #expect(refused.status == 503)
                #expect(refused["retry-after"] != nil)
                try await servers.tell(.postgres, to: "start")
                try await shop.productd.awaitReadiness()
                try await shop.customerd.awaitReadiness()
                #expect(try await shop.productd.stop() == 0)
                #expect(try await shop.customerd.stop() == 0)
            }
        }
    }

    @Test("SIGTERM under load: what was accepted is on disk and published, and the exit status is 0")
    func stopUnderLoad() async throws {
        try await Shop.open(on: try .shared()) { shop in
            let shoppers = Shoppers(port: shop.productd.port, product: try await shop.addProduct())
            try await shoppers.shop(8) {
                for _ in 0..<3 {
                    try await shoppers.awaitOrders(200)
                    #expect(try await shop.productd.stop() == 0)
                    #expect(try await shop.products.number("SELECT count(*) FROM outbox") == 0)
                    try shop.productd.start()
                    try await shoppers.awaitOrders(50)
                    #expect(try await shop.customerd.stop() == 0)
                    try shop.customerd.start()
                }
            }
            try await shop.productd.awaitReadiness()
            try await shop.customerd.awaitReadiness()
            try await shop.awaitAgreement()
            #expect(shoppers.contradictions == [])
            #expect(shoppers.acceptedIDs.isSubset(of: Set(try await shop.orders().keys)))
        }
    }

    @Test("a database that is newer than the program is left alone: exit status 78")
    func newerSchema() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd]) { shop in
            try await shop.productd.stop()
            try await shop.products.use {
                try $0.execute(
                    script: "INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'later', '')")
            }
            try shop.productd.start()
            #expect(try await shop.productd.exitStatus() == 78)
        }
    }

    @Test("when too many events wait for RabbitMQ, orders are refused with 503 and nothing is lost")
    func outboxFull() async throws {
        let settings = ["RABBITMQ_URL": "amqp://127.0.0.1:1", "OUTBOX_HIGH_WATER": "20"]
        try await Shop.open(on: try .shared(), settings: settings, running: []) { shop in
            try shop.productd.start()
            try await shop.productd.awaitReadiness("degraded")
            let product = try await shop.addProduct()
            let order = #"{"customerId":"\#(UUID().uuidString)","items":[{"productId":"\#(product)","quantity":1}]}"#
            var accepted: Int64 = 0
            try await eventually("orders are refused") {
                let answer = try await shop.productd.send("POST", "/orders", order)
                if answer.status == 201 { accepted += 1 }
                return answer.status == 503 && answer["retry-after"] == "10"
            }
            #expect(accepted >= 20)
            #expect(try await shop.products.number("SELECT count(*) FROM outbox") == accepted)
            #expect(try await shop.productd.get("/readyz").status == 200)
        }
    }
}
