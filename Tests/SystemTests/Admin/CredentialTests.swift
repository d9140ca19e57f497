import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Passwords can be changed while orders are taken")
struct CredentialTests {
    @Test("a reload, or SIGHUP, is all that it takes: nothing is refused, lost or counted twice")
    func rotation() async throws {
        let servers = try TestServers.shared()
        let files = ["productd", "customerd"].map {
            FileManager.default.temporaryDirectory.appending(path: "\($0)-\(UUID().uuidString).json")
        }
        defer { for file in files { try? FileManager.default.removeItem(at: file) } }
        let settings = ["DB_HOST": "", "DB_PORT": "", "DB_USER": "", "DB_PASSWORD": "", "RABBITMQ_URL": ""]
        try await Shop.open(on: servers, settings: settings, running: []) { shop in
            let login = Login(shop: shop)
            try await login.create(password: "first")
            try login.configure(shop.productd, in: files[0], database: shop.products.name, password: "first")
            try login.configure(shop.customerd, in: files[1], database: shop.customers.name, password: "first")
            try shop.productd.start(["--config", files[0].path])
            try shop.customerd.start(["--config", files[1].path])
            try await shop.productd.awaitReadiness()
            try await shop.customerd.awaitReadiness()

            let shoppers = Shoppers(port: shop.productd.port, product: try await shop.addProduct())
            try await shoppers.shop(4) {
                try await shoppers.awaitOrders(50)
                try await login.change(password: "second")
                try login.configure(shop.productd, in: files[0], database: shop.products.name, password: "second")
                try login.configure(shop.customerd, in: files[1], database: shop.customers.name, password: "second")
                #expect(try await shop.productctl.run("reload", "--wait").status == 0)
                shop.customerd.signal(SIGHUP)
                try await eventually("customerd has read it anew") {
                    shop.customerd.logText.contains("Configuration reloaded")
                }
                try await login.disconnectEverybody()
                try await shoppers.awaitOrders(200)
            }
            try await shop.productd.awaitReadiness()
            try await shop.customerd.awaitReadiness()
            try await shop.awaitAgreement()
            #expect(shoppers.contradictions == [])
            #expect(shoppers.acceptedIDs.isSubset(of: Set(try await shop.orders().keys)))
            #expect(!(shop.productd.logText + shop.customerd.logText).contains("second"))
            try await login.remove()
        }
    }
}

/// A role of PostgreSQL and a user of RabbitMQ with one name and one password.
private struct Login {
    let shop: Shop
    let name = "login_\(UUID().uuidString.prefix(8).lowercased())"

    func create(password: String) async throws {
        try await script(
            "CREATE ROLE \(name) LOGIN PASSWORD '\(password)' IN ROLE postgres; ALTER ROLE \(name) SET role = postgres")
        try await setBrokerPassword(password)
        try await shop.servers.manage(
            "PUT", "/api/permissions/\(shop.virtualHost)/\(name)",
            body: #"{"configure":".*","write":".*","read":".*"}"#)
    }

    func change(password: String) async throws {
        try await script("ALTER ROLE \(name) PASSWORD '\(password)'")
        try await setBrokerPassword(password)
    }

    /// So that whoever still has the old password only is found out.
    func disconnectEverybody() async throws {
        try await script("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(name)'")
        try await shop.servers.manage("DELETE", "/api/connections/username/\(name)")
    }

    func remove() async throws {
        shop.productd.signal(SIGKILL)
        shop.customerd.signal(SIGKILL)
        try await script("DROP ROLE \(name)")
        try await shop.servers.manage("DELETE", "/api/users/\(name)")
    }

    func configure(_ daemon: RunningDaemon, in file: URL, database: String, password: String) throws {
        let (host, port) = (shop.servers["DB_HOST"], shop.servers["DB_PORT"])
        let broker = "\(shop.servers["RABBITMQ_HOST"]):\(shop.servers["RABBITMQ_PORT"])/\(shop.virtualHost)"
        try Data(
            """
            {"db": {"url": "host=\(host) port=\(port) user=\(name) password=\(password) dbname=\(database)"},
             "rabbitmq": {"url": "amqp://\(name):\(password)@\(broker)"}}
            """.utf8
        ).write(to: file)
    }

    private func setBrokerPassword(_ password: String) async throws {
        try await shop.servers.manage("PUT", "/api/users/\(name)", body: #"{"password":"\#(password)","tags":""}"#)
    }

    private func script(_ text: String) async throws {
        try await shop.products.useServer { try $0.execute(script: text) }
    }
}
