import Foundation
import TestSupport
import Testing

@Suite("systemd hears from the daemons what it needs to know")
struct SupervisionTests {
    @Test("that they are ready, once the tables and the spool have been seen to, and how they are from then on")
    func ready() async throws {
        let socket = try NotifySocket()
        try await Shop.open(on: .shared(), settings: ["NOTIFY_SOCKET": socket.path], running: []) { shop in
            try shop.productd.start()
            try await expect("READY=1", from: socket)
            try await shop.productd.awaitReadiness()
            let product = try await shop.addProduct()
            #expect(try await shop.place(product) == 201)
            try await expect("orders/s 1", from: socket)
            #expect(try await shop.productctl.run("pause", "http", "--reason", "stocktaking").status == 0)
            try await expect("http is paused", from: socket)
            shop.productd.signal(SIGTERM)
            try await expect("STOPPING=1", from: socket)
        }
    }

    @Test("that they are ready, and degraded, when the database can't be had")
    func readyWithoutDatabase() async throws {
        let socket = try NotifySocket()
        let settings = [
            "NOTIFY_SOCKET": socket.path, "DB_HOST": "127.0.0.1", "DB_PORT": "\(try FreePort.any())",
        ]
        try await Shop.open(on: .shared(), settings: settings, running: []) { shop in
            try shop.customerd.start()
            try await expect("READY=1\nSTATUS=not ready", from: socket)
        }
    }

    @Test(
        "nothing any more when a loop is wedged, and the log says which",
        arguments: [
            "order-writer-0", "outbox-relay-0", "spool-0", "spool-watcher", "admin", "http",
        ])
    func wedgedProduct(loop: String) async throws {
        let spool = FileManager.default.temporaryDirectory.appending(path: "spool-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: spool) }
        try await expectSilence(of: \.productd, when: loop, ["SPOOL_DIRECTORY": spool])
    }

    @Test("nothing any more when customerd's consumer is wedged, and the log says so")
    func wedgedCustomer() async throws {
        try await expectSilence(of: \.customerd, when: "order-events-0")
    }

    private func expectSilence(
        of daemon: any KeyPath<Shop, RunningDaemon> & Sendable, when loop: String, _ settings: [String: String] = [:]
    ) async throws {
        let socket = try NotifySocket()
        let settings = settings.merging([
            "NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "200000", "TRADEPOST_FAULT_STALL": loop,
        ]) { $1 }
        try await Shop.open(on: .shared(), settings: settings, running: []) { shop in
            try shop[keyPath: daemon].start()
            try await eventually("the log names the loop") {
                // systemd reads, too.
                _ = socket.waiting()
                return shop[keyPath: daemon].logText.contains("A loop is wedged")
            }
            #expect(shop[keyPath: daemon].logText.contains("loops=\(loop)"))
            _ = socket.waiting()
            try await eventually("the watchdog has been asked for again") {
                shop[keyPath: daemon].logText.components(separatedBy: "A loop is wedged").count > 3
            }
            #expect(!socket.waiting().contains("WATCHDOG=1"))
        }
    }

    private func expect(_ message: String, from socket: NotifySocket) async throws {
        try await eventually("systemd hears \(message)") { socket.waiting().contains { $0.contains(message) } }
    }
}
