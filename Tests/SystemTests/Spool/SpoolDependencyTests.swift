import Foundation
import TestSupport
import Testing

@Suite("While PostgreSQL or RabbitMQ are away, files wait or go on, and each order is taken once", .serialized)
struct SpoolDependencyTests {
    @Test("PostgreSQL killed again and again in the middle of commits of one file", arguments: ["acme", "strict"])
    func postgresKilled(partner: String) async throws {
        try await TestServers.withPrivate { servers in
            let settings = ["SPOOL_CHUNK_SIZE": "200", "SPOOL_MAXIMUM_ATOMIC_ORDERS": "20000"]
            try await Spool.open(on: servers, settings: settings, customerd: true) { spool in
                let file = spool.file("long.ndjson", orders: partner == "acme" ? 20_000 : 5_000)
                try spool.drop(file, as: partner)
                for kill in 1...5 {
                    if partner == "acme" {
                        try await eventually("some thousand orders more are committed") {
                            try await spool.shop.products.number("SELECT count(*) FROM orders") >= Int64(kill) * 3_000
                        }
                    } else {
                        // One transaction: somewhere in it.
                        try await Task.sleep(for: .milliseconds(.random(in: 0...600)))
                    }
                    try await servers.tell(.postgres, to: "kill")
                    try await servers.tell(.postgres, to: "start")
                }
                try await spool.awaitReceipt(of: file.name, from: partner, within: .seconds(120))
                try await spool.awaitPromise([file], from: partner)
                try await eventually("the spool is up") { try await spool.trouble() == nil }
            }
        }
    }

    @Test("RabbitMQ away for a whole file: its orders are taken, and counted when it is back")
    func rabbitStopped() async throws {
        try await TestServers.withPrivate { servers in
            try await Spool.open(on: servers, customerd: true) { spool in
                try await servers.tell(.rabbitmq, to: "stop")
                let files = (1...5).map { spool.file("\($0).ndjson", orders: 500, bad: $0 == 3) }
                for file in files { try spool.drop(file) }
                for file in files { try await spool.awaitEnd(of: file) }
                #expect(try await spool.shop.products.number("SELECT count(*) FROM outbox") == 2_500)
                try await servers.tell(.rabbitmq, to: "start")
                try await spool.awaitPromise(files)
            }
        }
    }

    @Test("with the outbox over its high water nothing is claimed, until RabbitMQ takes events again")
    func highWater() async throws {
        try await TestServers.withPrivate { servers in
            let settings = ["OUTBOX_HIGH_WATER": "1000"]
            try await Spool.open(on: servers, settings: settings, customerd: true) { spool in
                try await servers.tell(.rabbitmq, to: "stop")
                let first = spool.file("first.ndjson", orders: 1_500)
                try await spool.take(first)
                try await eventually("the spool says why it waits") {
                    try await spool.trouble()?.contains("RabbitMQ") == true
                }
                let second = spool.file("second.ndjson", orders: 10)
                try spool.drop(second)
                try await eventually("it was put off") {
                    try await spool.metric("spool_waiting_files") > 0
                }
                #expect(try spool.unfinished() == ["drop/acme/second.ndjson"])
                try await servers.tell(.rabbitmq, to: "start")
                try await spool.awaitPromise([first, second])
            }
        }
    }
}
