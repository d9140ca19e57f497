import Foundation
import Postgres
import TestSupport
import Testing

@Suite("Operators are answered whatever hangs", .timeLimit(.minutes(5)))
struct HangingDatabaseTests {
    /// What needs nobody but the daemon itself.
    private static let commands = [
        "status", "health", "stats", "metrics", "connections", "config", "version", "help", "watch --count 1",
    ]

    @Test(
        "with every packet to the database dropped and the pool exhausted, status is answered at once",
        .enabled(if: Cell.isPossible, "this needs root, iptables, and to be allowed to make a network namespace"))
    func dropped() async throws {
        try await Cell.open(settings: ["DB_POOL_SIZE": "2", "DB_POOL_WAITING": "4"]) { shop, cell in
            try await cell.dropDatabase()
            // More requests than there are connections, and places to wait for one.
            let requests = try (0..<10).map { _ in try cell.request("/orders?limit=1") }
            try await eventually("the pool is exhausted") {
                let numbers = try await shop.productctl.ask("connections").rows
                return numbers.first { $0["metric"] == "database_pool_busy" }?["value"] == "2"
                    && numbers.first { $0["metric"] == "database_pool_waiting" }?["value"] == "4"
            }
            for command in Self.commands {
                let began = ContinuousClock.now
                let answer = try await shop.productctl.ask(words: command.split(separator: " ").map(String.init))
                #expect([0, 7].contains(answer.status), "\(command): \(answer.message)")
                #expect(began.duration(to: .now) < .seconds(5), "\(command)")
            }
            // What needs the database says so in the end, and that it goes on until then.
            let status = try await shop.productctl.ask("db", "status", "--timeout", "4")
            #expect(status.status == 1 && !status.message.isEmpty, "\(status)")
            try await eventually("it is said to be down") {
                try await shop.productctl.run("status").output.contains("not ready: ")
            }
            for request in requests { kill(request, SIGKILL) }
            for request in requests { _ = try exitStatus(of: request) }
        }
    }

    @Test("with the database stopped in its tracks, too, and afterwards everything goes on")
    func frozen() async throws {
        try await TestServers.withPrivate { servers in
            try await Shop.open(on: servers, settings: ["DB_POOL_SIZE": "2"], running: [\.productd]) { shop in
                let product = try await shop.addProduct()
                try await servers.tell(.postgres, to: "pause")
                try await withThrowingTaskGroup { group in
                    for _ in 0..<6 { group.addTask { _ = try? await shop.productd.get("/orders?limit=1") } }
                    for command in Self.commands {
                        let answer = try await shop.productctl.ask(
                            words: command.split(separator: " ").map(String.init))
                        #expect([0, 7].contains(answer.status), "\(command): \(answer.message)")
                    }
                    try await servers.tell(.postgres, to: "resume")
                    try await group.waitForAll()
                }
                try await shop.productd.awaitReadiness()
                #expect(try await shop.place(product) == 201)
            }
        }
    }
}

/// A network of productd's own, with nothing in it but a way to its database, which can be blocked.
private struct Cell {
    private let process: Int32
    private let port: Int
    private let tool: CommandLineTool

    private static let databasePort = 5_432
    private static let tools = ["/usr/bin/unshare", "/usr/bin/nsenter", "/usr/bin/socat", "/usr/sbin/iptables"]

    static let isPossible: Bool = {
        guard geteuid() == 0, tools.allSatisfy({ access($0, X_OK) == 0 }) else { return false }
        let trial = "ip link set lo up && iptables -A OUTPUT -p tcp --dport 1 -j DROP"
        let outcome = try? CommandLineTool.outcome(
            of: ["/usr/bin/unshare", "-n", "sh", "-c", trial], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        return outcome?.status == 0
    }()

    static func open(
        settings: [String: String], _ body: @escaping @Sendable (Shop, Cell) async throws -> Void
    ) async throws {
        let servers = try TestServers.shared()
        let all = settings.merging(["DB_HOST": "127.0.0.1", "DB_PORT": "\(databasePort)"]) { $1 }
        try await Shop.open(on: servers, settings: all, running: []) { shop in
            let folder = try await shop.products.use { connection in
                try connection.query("SHOW unix_socket_directories").only().decode(String.self)
            }
            // PostgreSQL is outside, and reached through its Unix socket; the relay ends with productd.
            let relay =
                "setpriv --pdeathsig KILL socat TCP-LISTEN:\(databasePort),bind=127.0.0.1,fork,reuseaddr "
                + "UNIX-CONNECT:\(folder)/.s.PGSQL.\(servers["DB_PORT"])"
            try shop.productd.start(
                through: ["unshare", "-n", "sh", "-c", "ip link set lo up; \(relay) & exec \"$@\"", "-"])
            guard let process = shop.productd.processIdentifier else { throw TestFailure("productd does not run") }
            let cell = Cell(process: process, port: shop.productd.port, tool: shop.productctl)
            try await eventually("productd has its database") {
                try await shop.productctl.run("status").output.contains("degraded: rabbitmq")
            }
            try await body(shop, cell)
        }
    }

    /// From now on no packet reaches the database, and none comes from it.
    func dropDatabase() async throws {
        for direction in ["--dport", "--sport"] {
            let outcome = try await tool.outcome(
                of: inside(["/usr/sbin/iptables", "-A", "OUTPUT", "-p", "tcp", direction, "\(Self.databasePort)"])
                    + ["-j", "DROP"], environment: ["PATH": "/usr/sbin:/usr/bin"])
            try require(outcome.status == 0, outcome.errors)
        }
    }

    /// Sends a request, and waits for no answer.
    func request(_ path: String) throws -> pid_t {
        try spawn(
            inside(["/usr/bin/curl", "-s", "--max-time", "300", "http://127.0.0.1:\(port)\(path)"]), environment: [],
            output: .file("/dev/null"), errors: .file("/dev/null"))
    }

    private func inside(_ command: [String]) -> [String] {
        ["/usr/bin/nsenter", "--net=/proc/\(process)/ns/net"] + command
    }
}
