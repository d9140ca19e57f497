import FoundationEssentials
import TestSupport
import Testing
import Threads

@testable import Postgres

/// The server makes its certificate itself, in its own directory and as its own user, and goes back to what it was.
@Suite("TLS is libpq's, checked against a certificate authority of one's own")
struct TLSTests {
    private static let makeCertificates = """
        umask 077 && cd "$(pwd)" &&
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Tradepost test CA" \
            -keyout tls-test-ca.key -out tls-test-ca.pem 2>/dev/null &&
        openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" \
            -keyout tls-test.key -out tls-test.csr 2>/dev/null &&
        printf "subjectAltName=DNS:localhost" > tls-test.ext &&
        openssl x509 -req -in tls-test.csr -CA tls-test-ca.pem -CAkey tls-test-ca.key -CAcreateserial -days 2 \
            -extfile tls-test.ext -out tls-test.pem 2>/dev/null
        """

    private func withTLS(_ body: (_ authority: String) async throws -> Void) async throws {
        let server = try Server.connect()
        func shell(_ command: String) throws {
            let quoted = command.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            try server.execute(script: "COPY (SELECT 1) TO PROGRAM '\(quoted)'", deadline: .seconds(60))
        }
        func configure(_ settings: [String]) async throws {
            for setting in settings { try server.execute(script: "ALTER SYSTEM \(setting)") }
            try server.execute("SELECT pg_reload_conf()")
        }
        try shell(Self.makeCertificates)
        try await configure([
            "SET ssl_cert_file = 'tls-test.pem'", "SET ssl_key_file = 'tls-test.key'", "SET ssl = on",
        ])
        let authority = FileManager.default.temporaryDirectory.path + "/tradepost-tls-\(server.processID).pem"
        let certificate: String = try server.query("SELECT pg_read_file('tls-test-ca.pem')").only().get(0)
        try Data(certificate.utf8).write(to: URL(filePath: authority))

        let outcome: Result<Void, any Error>
        do {
            try await eventually("the server offers TLS") {
                (try? Connection(Server.options(["sslmode": "require"]), interrupt: .init(), logger: quiet)) != nil
            }
            outcome = .success(try await body(authority))
        } catch {
            outcome = .failure(error)
        }
        try await configure(["RESET ssl", "RESET ssl_cert_file", "RESET ssl_key_file"])
        try shell("rm -f tls-test*")
        try FileManager.default.removeItem(atPath: authority)
        try outcome.get()
    }

    private func connect(_ keywords: [String: String]) throws -> Connection {
        try Connection(Server.options(keywords), interrupt: Interrupt(), logger: quiet)
    }

    @Test("verify-full takes the right name and authority, and refuses the wrong ones")
    func verifyFull() async throws {
        try await withTLS { authority in
            let full = ["sslmode": "verify-full", "sslrootcert": authority, "hostaddr": "127.0.0.1"]
            let connection = try connect(full.merging(["host": "localhost"]) { $1 })
            let (encrypted, version) = try connection.query(
                "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            ).only().decode(Bool.self, String.self)
            #expect(encrypted && version.hasPrefix("TLSv1."))
            try connection.transaction { transaction in
                let long = String(repeating: "x", count: 1_000_000)
                for _ in 0..<4 { try transaction.enqueue("SELECT $1", long) }
                let back: String = try transaction.query("SELECT $1", long).only().get(0)
                #expect(back.utf8.count == 1_000_000)
            }

            let wrongName = #expect(throws: PostgresError.self) {
                _ = try connect(full.merging(["host": "elsewhere.example"]) { $1 })
            }
            #expect(wrongName?.code == .connectFailed)
            #expect(wrongName?.message.contains("sslrootcert") == true, "\(String(describing: wrongName))")
            let wrongAuthority = #expect(throws: PostgresError.self) {
                _ = try connect(["sslmode": "verify-full", "sslrootcert": "/nowhere.pem", "host": "localhost"])
            }
            #expect(wrongAuthority?.code == .connectFailed)
        }
    }
}
