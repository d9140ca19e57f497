import Foundation
import Postgres
import TestSupport

/// A whole shop: both daemons, a database for each, and a virtual host of RabbitMQ, all of a test's own.
struct Shop: Sendable {
    let servers: TestServers
    let productd: RunningDaemon
    let customerd: RunningDaemon
    /// Each daemon's own tool, as the user who runs the tests.
    let productctl: CommandLineTool
    let customerctl: CommandLineTool
    let products: TestDatabase
    let customers: TestDatabase
    let virtualHost: String

    /// Runs a test in a shop, and clears everything away afterwards.
    ///
    /// - Parameters:
    ///   - running: Which daemons are up when the test begins.
    ///   - productdSocket: Where productd answers operators, if that matters.
    static func open(
        on servers: TestServers, settings: [String: String] = [:],
        running: [any KeyPath<Shop, RunningDaemon> & Sendable] = [\.productd, \.customerd],
        productdSocket: String? = nil, _ body: @Sendable (Shop) async throws -> Void
    ) async throws {
        await doors.enter()
        let outcome: Result<Void, any Error>
        do {
            try await use(Shop(on: servers, settings: settings, productdSocket: productdSocket), running: running, body)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await doors.leave()
        try outcome.get()
    }

    /// As many shops at a time as the machine can serve without any of them waiting for an answer for seconds.
    private static let doors = Turnstile(places: ProcessInfo.processInfo.activeProcessorCount + 2)

    private static func use(
        _ shop: Shop, running: [any KeyPath<Shop, RunningDaemon> & Sendable],
        _ body: @Sendable (Shop) async throws -> Void
    ) async throws {
        let outcome: Result<Void, any Error>
        do {
            for daemon in running { try await shop[keyPath: daemon].startAndAwaitReadiness() }
            try await body(shop)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        shop.productd.signal(SIGKILL)
        shop.customerd.signal(SIGKILL)
        _ = try? await shop.servers.manage("DELETE", "/api/vhosts/\(shop.virtualHost)")
        try? await shop.products.drop()
        try? await shop.customers.drop()
        for socket in [shop.productctl.socket, shop.customerctl.socket] {
            for path in [socket, socket + ".lock"] { try? FileManager.default.removeItem(atPath: path) }
        }
        try outcome.get()
    }

    /// Makes all that a shop needs; the daemons are not started.
    init(on servers: TestServers, settings: [String: String] = [:], productdSocket: String? = nil) async throws {
        self.servers = servers
        products = try await TestDatabase(on: servers, prefix: "products")
        customers = try await TestDatabase(on: servers, prefix: "customers")
        virtualHost = "test-\(UUID().uuidString.prefix(8).lowercased())"
        try await servers.manage("PUT", "/api/vhosts/\(virtualHost)", body: "{}")
        let common = [
            "DB_HOST": servers["DB_HOST"], "DB_PORT": servers["DB_PORT"], "DB_USER": servers["DB_USER"],
            "DB_PASSWORD": servers["DB_PASSWORD"],
            "RABBITMQ_URL": "\(servers["TRADEPOST_TEST_RABBITMQ"])/\(virtualHost)",
        ].merging(settings) { $1 }
        // Short: a socket's path has 107 bytes.
        let sockets = "/tmp/tp-\(UUID().uuidString.prefix(8))"
        productctl = try CommandLineTool(name: "productctl", socket: productdSocket ?? sockets + "-p.sock")
        customerctl = try CommandLineTool(name: "customerctl", socket: sockets + "-c.sock")
        productd = try RunningDaemon(
            "productd",
            environment: common.merging([
                "DB_NAME": products.name, "ADMIN_SOCKET": productctl.socket,
                "CUSTOMERD_ADMIN_SOCKET": customerctl.socket,
            ]) { $1 })
        customerd = try RunningDaemon(
            "customerd",
            environment: common.merging([
                "DB_NAME": customers.name, "ADMIN_SOCKET": customerctl.socket,
                "PRODUCTD_ADMIN_SOCKET": productctl.socket,
            ]) { $1 })
    }

    /// Puts a product on sale.
    ///
    /// - Parameters:
    ///   - price: As JSON has it.
    ///   - stock: `nil` where nobody counts.
    /// - Returns: Its id.
    func addProduct(
        _ id: String = UUID().uuidString.lowercased(), price: String = "19.99", stock: Int? = nil
    ) async throws -> String {
        let answer = try await productd.send(
            "POST", "/products",
            #"{"id":"\#(id)","sku":"\#(id)","name":"Lamp","price":\#(price),"stock":\#(stock.map(String.init) ?? "null")}"#
        )
        guard answer.status == 201 else { throw TestFailure("no product: \(answer.status) \(answer.body)") }
        return id
    }

    /// Waits until customerd has counted what productd has taken, then compares both databases order by order.
    func awaitAgreement(within limit: Duration = .seconds(120)) async throws {
        try await eventually("the outbox is empty", within: limit) {
            try await products.number("SELECT count(*) FROM outbox") == 0
        }
        let expected = try await orders()
        try await eventually("\(expected.count) orders are counted", within: limit) {
            try await customers.number("SELECT count(*) FROM customer_orders") >= Int64(expected.count)
        }
        let counted = try await countedOrders()
        guard counted == expected else {
            throw TestFailure(
                "customerd's orders are not productd's: \(Set(expected.keys).subtracting(counted.keys).count) missing, "
                    + "\(Set(counted.keys).subtracting(expected.keys).count) unknown")
        }
        try await statisticsAgree(with: expected)
    }

    /// An order's customer and sum.
    struct Placed: Sendable, Hashable {
        let customer: String
        let total: Int64
    }

    /// Every order that productd holds.
    func orders() async throws -> [String: Placed] {
        try await products.use { connection in
            let rows = try connection.query("SELECT id::text, customer_id::text, total_minor FROM orders")
            return Dictionary(
                uniqueKeysWithValues: try rows.decode(String.self, String.self, Int64.self)
                    .map { ($0.0, Placed(customer: $0.1, total: $0.2)) })
        }
    }

    private func countedOrders() async throws -> [String: Placed] {
        try await customers.use { connection in
            let rows = try connection.query(
                "SELECT order_id::text, customer_id::text, total_minor FROM customer_orders")
            return Dictionary(
                uniqueKeysWithValues: try rows.decode(String.self, String.self, Int64.self)
                    .map { ($0.0, Placed(customer: $0.1, total: $0.2)) })
        }
    }

    private func statisticsAgree(with orders: [String: Placed]) async throws {
        let statistics = try await customers.use { connection in
            let rows = try connection.query(
                "SELECT customer_id::text, total_orders::bigint, total_spent_minor::bigint FROM customer_stats")
            return Dictionary(
                uniqueKeysWithValues: try rows.decode(String.self, Int64.self, Int64.self).map { ($0.0, [$0.1, $0.2]) })
        }
        let expected = Dictionary(grouping: orders.values, by: \.customer).mapValues { placed in
            [Int64(placed.count), placed.reduce(0) { $0 + $1.total }]
        }
        guard statistics == expected else { throw TestFailure("the statistics are not the sum of the orders") }
    }
}
