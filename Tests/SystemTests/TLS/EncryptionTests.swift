import Foundation
import TestSupport
import Testing

@Suite("With everything over TLS, as docs/operating.md has it")
struct EncryptionTests {
    @Test("an order goes through both daemons; who is not whom it seems is refused; renewed files are taken")
    func shop() async throws {
        try await EncryptedServers.with { servers in
            try await Shop.open(on: servers.servers, running: []) { open in
                let shop = try await EncryptedShop(open, on: servers)
                try await shop.start()
                try await shop.placeOrders(20)
                try await shop.expectEncryption()
                try await refusals(in: shop)
                try await renewal(in: shop)
                try await badFiles(in: shop)
                try await shop.stop()
            }
        }
    }

    private func refusals(in shop: EncryptedShop) async throws {
        let files = shop.servers.directory
        let strangers = try TriedExample("certificates").text
        try await Script(path: "/bin/sh").run(
            "-c", "set -e; umask 077; cd '\(files)'; mkdir other; cd other\n\(strangers)")
        let cases: [(change: [String: String], dependency: String, reason: String)] = [
            (["DB_SSLROOTCERT": "\(files)/other/ca.pem"], "postgres", "certificate verify failed"),
            (["DB_HOST": "127.0.0.1"], "postgres", "does not match host name"),
            (["DB_SSLCERT": "", "DB_SSLKEY": ""], "postgres", "requires a valid client certificate"),
            (
                ["DB_SSLCERT": "\(files)/customerd.pem", "DB_SSLKEY": "\(files)/customerd.key"], "postgres",
                "authentication failed for user"
            ),
            (["DB_SSLMODE": "disable"], "postgres", "no encryption"),
            (["RABBITMQ_CA_FILE": "\(files)/other/ca.pem"], "rabbitmq", "not signed by an authority in"),
            (["RABBITMQ_URL": shop.url(host: "127.0.0.1")], "rabbitmq", "for another name than 127.0.0.1"),
            (
                ["RABBITMQ_CERT_FILE": "", "RABBITMQ_KEY_FILE": ""], "rabbitmq",
                "does it ask for a client certificate"
            ),
            (
                [
                    "RABBITMQ_CERT_FILE": "\(files)/other/productd.pem",
                    "RABBITMQ_KEY_FILE": "\(files)/other/productd.key",
                ], "rabbitmq", "does it ask for a client certificate"
            ),
        ]
        for one in cases {
            let daemon = try shop.productd(with: one.change)
            try daemon.start()
            try await eventually("\(one.dependency) is away with \(one.change): \(one.reason)") {
                let dependencies = try? await daemon.get("/readyz").json()["dependencies"] as? [String: [String: Any]]
                return (dependencies?[one.dependency]?["reason"] as? String)?.contains(one.reason) == true
            }
            #expect(try await daemon.stop() == 0)
        }
    }

    /// A new authority, and certificates of it for everybody: the old ones are of no use any more.
    private func renewal(in shop: EncryptedShop) async throws {
        try await shop.servers.makeCertificates()
        try await shop.servers.renewDatabase()
        try await shop.servers.renewBroker()
        for tool in [shop.productctl, shop.customerctl] { #expect(try await tool.run("reload").status == 0) }
        try await shop.disconnectEverybody()
        try await shop.placeOrders(20)
        try await shop.expectEncryption()
    }

    private func badFiles(in shop: EncryptedShop) async throws {
        let authority = "\(shop.servers.directory)/ca.pem"
        let good = try Data(contentsOf: URL(fileURLWithPath: authority))
        for bad in ["no certificate", nil] {
            try FileManager.default.removeItem(atPath: authority)
            if let bad { try Data(bad.utf8).write(to: URL(fileURLWithPath: authority)) }
            for tool in [shop.productctl, shop.customerctl] {
                let answer = try await tool.run("reload")
                #expect(answer.status == 6)
                #expect(answer.errors.contains("the old settings stay in force"), "\(answer)")
                #expect(answer.errors.contains(authority), "\(answer)")
            }
            try await shop.placeOrders(5)
            try good.write(to: URL(fileURLWithPath: authority))
        }
        #expect(try await shop.productctl.run("reload").status == 0)
    }
}
