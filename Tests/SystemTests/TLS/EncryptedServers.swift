import Foundation
import Postgres
import TestSupport

/// A PostgreSQL and a RabbitMQ of a test's own that daemons reach over TLS only, each side with a certificate, all made and
/// configured as docs/operating.md says.
struct EncryptedServers: Sendable {
    let servers: TestServers
    /// Where the certificates are, readable by their owner only.
    let directory: String
    private let brokerPort: Int

    static func with(_ body: @Sendable (EncryptedServers) async throws -> Void) async throws {
        try await TestServers.withPrivate { servers in
            let directory = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let encrypted = EncryptedServers(
                servers: servers, directory: directory, brokerPort: try FreePort.any())
            try await encrypted.makeCertificates()
            try await encrypted.configureDatabase()
            try await encrypted.configureBroker()
            try await body(encrypted)
        }
    }

    /// An authority, and certificates for the servers and the daemons; those that were there are replaced.
    func makeCertificates() async throws {
        let commands = try TriedExample("certificates").with([
            "db.example.com": "localhost", "rabbitmq.example.com": "localhost",
        ])
        try await Script(path: "/bin/sh").run("-c", "set -e; umask 077; cd '\(directory)'\n\(commands)")
    }

    /// The settings of a daemon, as the page has them.
    func settings(for daemon: String, in shop: Shop) throws -> [String: String] {
        var settings = try TriedExample("settings").settings(with: [
            "/etc/tradepost/tls": directory, "db.example.com": "localhost", "productd.": "\(daemon).",
        ])
        let login = "\(servers["RABBITMQ_USER"]):\(servers["RABBITMQ_PASSWORD"])"
        settings["RABBITMQ_URL"] = "amqps://\(login)@localhost:\(brokerPort)/\(shop.virtualHost)"
        settings["DB_USER"] = daemon
        settings["DB_PASSWORD"] = ""
        return settings
    }

    // MARK: PostgreSQL

    /// Hands the server its certificate, and has it read everything anew.
    func renewDatabase() async throws {
        for name in ["ca.pem", "localhost.pem", "localhost.key"] {
            let text = try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
            try await write(text, as: "current_setting('data_directory') || '/\(name)'")
        }
        try await execute("SELECT pg_reload_conf()")
    }

    private func configureDatabase() async throws {
        try await renewDatabase()
        let lines = try TriedExample("postgresql.conf").with([
            "/etc/postgresql/tls/": "", "db.example.com": "localhost",
        ])
        for line in lines.split(separator: "\n") { try await execute("ALTER SYSTEM SET \(line)") }
        let rules = try TriedExample("pg_hba.conf").text + "\nhost all postgres 127.0.0.1/32 scram-sha-256\n"
        try await write(rules, as: "current_setting('hba_file')")
        for role in ["productd", "customerd"] { try await execute("CREATE ROLE \(role) LOGIN") }
        try await execute("SELECT pg_reload_conf()")
    }

    func execute(_ statement: String) async throws {
        try await Script.servers.run(
            "ctl", servers["TRADEPOST_TEST_SERVERS"], "psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1",
            "--command=\(statement)")
    }

    /// Has the server write a file of its own, which nobody else may read.
    private func write(_ text: String, as path: String) async throws {
        try await execute(
            """
            DO $$ BEGIN EXECUTE format('COPY (SELECT unnest(string_to_array(%L, E''\\n''))) TO PROGRAM %L', \
            $text$\(text)$text$, format('umask 077; rm -f "%1$s"; cat >"%1$s"', \(path))); END $$
            """)
    }

    // MARK: RabbitMQ

    /// Hands the broker its certificate, and has it forget the old one.
    func renewBroker() async throws {
        let own = broker("tls")
        try FileManager.default.createDirectory(
            atPath: own, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        for name in ["ca.pem", "localhost.pem", "localhost.key"] {
            let text = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)"))
            try text.write(to: URL(fileURLWithPath: "\(own)/\(name)"))
            // The broker runs as another user, in a directory that only it and root can enter.
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(own)/\(name)")
        }
        try await Script.servers.run(
            "ctl", servers["TRADEPOST_TEST_SERVERS"], "rabbitmqctl", "eval", "ssl:clear_pem_cache().")
    }

    private func configureBroker() async throws {
        try await renewBroker()
        let settings = try TriedExample("rabbitmq.conf").with([
            // The tests' own way in stays.
            "listeners.tcp = none": "", "= 5671": "= \(brokerPort)", "/etc/rabbitmq/tls": broker("tls"),
            "rabbitmq.example.com": "localhost",
        ])
        try FileManager.default.createDirectory(
            atPath: broker("conf.d"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        try Data((settings + "\n").utf8).write(to: URL(fileURLWithPath: broker("conf.d/tls.conf")))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: broker("conf.d/tls.conf"))
        try await servers.tell(.rabbitmq, to: "restart")
    }

    private func broker(_ name: String) -> String {
        "\(servers["TRADEPOST_TEST_SERVERS"])/data/rabbitmq/\(name)"
    }
}
