import Foundation
import Postgres
import TestSupport
import Testing

/// A shop whose daemons reach their servers over TLS only, each by a certificate of its own.
struct EncryptedShop: Sendable {
    let servers: EncryptedServers
    let productctl: CommandLineTool
    let customerctl: CommandLineTool
    private let shop: Shop
    private let productd: RunningDaemon
    private let customerd: RunningDaemon
    private let settings: [String: String]

    /// - Parameter shop: Whose databases, virtual host and tools are used, and whose daemons are not.
    init(_ shop: Shop, on servers: EncryptedServers) async throws {
        self.shop = shop
        self.servers = servers
        (productctl, customerctl) = (shop.productctl, shop.customerctl)
        var settings = try servers.settings(for: "productd", in: shop)
        settings["DB_PORT"] = servers.servers["DB_PORT"]
        settings["DB_NAME"] = shop.products.name
        self.settings = settings
        productd = try RunningDaemon(
            "productd", environment: settings.merging(["ADMIN_SOCKET": shop.productctl.socket]) { $1 })
        settings.merge(try servers.settings(for: "customerd", in: shop)) { $1 }
        settings["DB_NAME"] = shop.customers.name
        settings["ADMIN_SOCKET"] = shop.customerctl.socket
        customerd = try RunningDaemon("customerd", environment: settings)
        try await servers.execute("ALTER DATABASE \(shop.products.name) OWNER TO productd")
        try await servers.execute("ALTER DATABASE \(shop.customers.name) OWNER TO customerd")
    }

    func start() async throws {
        try await productd.startAndAwaitReadiness()
        try await customerd.startAndAwaitReadiness()
    }

    func stop() async throws {
        #expect(try await productd.stop() == 0)
        #expect(try await customerd.stop() == 0)
    }

    /// Another productd with some other settings; empty ones are not set.
    func productd(with changes: [String: String]) throws -> RunningDaemon {
        try RunningDaemon("productd", environment: settings.merging(changes) { $1 })
    }

    /// The broker's URL with another name for the same machine.
    func url(host: String) -> String {
        (settings["RABBITMQ_URL"] ?? "").replacingOccurrences(of: "@localhost", with: "@\(host)")
    }

    /// Waits until all of them are counted.
    func placeOrders(_ count: Int) async throws {
        let product = UUID().uuidString.lowercased()
        try await productd.awaitReadiness()
        let made = try await productd.send(
            "POST", "/products", #"{"id":"\#(product)","sku":"\#(product)","name":"Lamp","price":19.99}"#)
        #expect(made.status == 201, "\(made.body)")
        let customer = UUID().uuidString.lowercased()
        for _ in 0..<count {
            let placed = try await productd.send(
                "POST", "/orders",
                #"{"customerId":"\#(customer)","items":[{"productId":"\#(product)","quantity":1}]}"#)
            #expect(placed.status == 201, "\(placed.body)")
        }
        try await eventually("\(count) orders are counted") {
            try await customerd.get("/customers/\(customer)/orders").json()["totalOrders"] as? Int == count
        }
    }

    /// Every connection of the daemons is encrypted, and the servers know whose it is.
    func expectEncryption() async throws {
        for (role, database) in [("productd", shop.products), ("customerd", shop.customers)] {
            let connections = "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = '\(role)'"
            let own = "ssl AND client_dn = '/CN=\(role)'"
            #expect(try await database.number("SELECT count(*) \(connections) AND \(own)") > 0)
            #expect(try await database.number("SELECT count(*) \(connections) AND NOT ssl") == 0)
        }
        // The management interface hears of connections a moment later.
        try await eventually("RabbitMQ tells of both daemons' connections, and of no other") {
            let listed = try await servers.servers.manage("GET", "/api/vhosts/\(shop.virtualHost)/connections")
            let connections = try JSONSerialization.jsonObject(with: Data(listed.body.utf8)) as? [[String: Any]] ?? []
            let subjects = Set(connections.map { $0["peer_cert_subject"] as? String ?? "none" })
            return connections.allSatisfy { $0["ssl"] as? Bool == true } && subjects == ["CN=productd", "CN=customerd"]
        }
    }

    /// So that whoever goes on does so with a new connection.
    func disconnectEverybody() async throws {
        try await servers.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('productd', 'customerd')")
        try await Script.servers.run(
            "ctl", servers.servers["TRADEPOST_TEST_SERVERS"], "rabbitmqctl", "close_all_connections", "renewal")
    }
}

extension TestResponse {
    /// The body as a JSON object.
    func json() throws -> [String: Any] {
        guard let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any] else {
            throw TestFailure("no JSON object: \(body)")
        }
        return object
    }
}
