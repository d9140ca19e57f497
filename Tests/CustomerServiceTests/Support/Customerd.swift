import Commerce
import Daemon
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import TestSupport

@testable import CustomerService

/// A database and a virtual host of a test's own, in which customerd can be started, also more than once.
struct CustomerdPlace: Sendable {
    let servers: TestServers
    let database: TestDatabase
    let virtualHost: String

    /// Makes one, and clears it away afterwards.
    static func make(_ body: @Sendable (CustomerdPlace) async throws -> Void) async throws {
        let servers = try TestServers.shared()
        let place = CustomerdPlace(
            servers: servers, database: try await TestDatabase(on: servers, prefix: "customers"),
            virtualHost: "test-\(UUID().uuidString.prefix(8).lowercased())")
        try await servers.manage("PUT", "/api/vhosts/\(place.virtualHost)", body: "{}")
        let outcome: Result<Void, any Error>
        do {
            try await place.database.migrate()
            try await body(place)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await servers.manage("DELETE", "/api/vhosts/\(place.virtualHost)")
        try await place.database.drop()
        try outcome.get()
    }

    /// Runs customerd for as long as `body` takes, then stops it as SIGTERM does.
    func run(
        settings: [String: String] = [:], _ body: @escaping @Sendable (Customerd) async throws -> Void
    ) async throws {
        let environment = [
            "DB_HOST": servers["DB_HOST"], "DB_PORT": servers["DB_PORT"], "DB_USER": servers["DB_USER"],
            "DB_PASSWORD": servers["DB_PASSWORD"], "DB_NAME": database.name, "DB_POOL_SIZE": "2",
            "RABBITMQ_URL": "\(servers["TRADEPOST_TEST_RABBITMQ"])/\(virtualHost)",
        ].merging(settings) { $1 }
        let configuration = try CustomerServiceConfiguration(
            SettingValues(
                CustomerServiceConfiguration.settings,
                from: .find(name: "customerd", environment: environment, workingDirectory: "/nowhere")))
        let chassis = Chassis(logger: quietLogger)
        let parts = try CustomerService.build(configuration, on: chassis)
        chassis.schema.open()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let http = HTTPServer(
            routes: parts.routes, configuration: HTTPConfiguration(threads: 1), logger: quietLogger
        ) { continuation.yield($0) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: parts.services + [http], logger: quietLogger))
        let broker = try TestBroker(
            url: configuration.shared.broker.url,
            topology: OrderTopology(
                queue: configuration.shared.broker.queue, type: configuration.shared.broker.queueType))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { continuation.finish() }
                try await group.run()
            }
            guard let port = await ports.first(where: { _ in true }) else { throw TestFailure("no server") }
            let customerd = Customerd(place: self, broker: broker, chassis: chassis, port: port)
            try await eventually("customerd is ready") { customerd.isReady }
            try await body(customerd)
            await broker.close()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

/// customerd as it is built, running in the test's process.
struct Customerd: Sendable {
    let place: CustomerdPlace
    let broker: TestBroker
    let chassis: Chassis
    let port: Int

    /// Runs it in a place of its own.
    static func run(
        settings: [String: String] = [:], _ body: @escaping @Sendable (Customerd) async throws -> Void
    ) async throws {
        try await CustomerdPlace.make { try await $0.run(settings: settings, body) }
    }

    var servers: TestServers { place.servers }
    var database: TestDatabase { place.database }
    var virtualHost: String { place.virtualHost }

    var isReady: Bool { chassis.health.overall == .up }

    /// How many orders are counted as standing.
    func countedOrders() async throws -> Int64 {
        try await database.number("SELECT coalesce(sum(total_orders), 0)::bigint FROM customer_stats")
    }

    func awaitOrders(_ count: Int64, within limit: Duration = .seconds(60)) async throws {
        try await eventually("\(count) orders are counted", within: limit) { try await countedOrders() == count }
    }

    func request(
        _ method: String, _ path: String, headers: [String: String] = [:], _ body: String? = nil
    ) async throws -> TestResponse {
        var headers = headers
        if body != nil, headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        return try await TestClient(port: port).request(method, path, headers: headers, body: body)
    }

    func summary(of customer: String) async throws -> JSON {
        try JSON.parse(await request("GET", "/customers/\(customer)/orders").body)
    }
}

extension TestDatabase {
    /// Makes customerd's tables.
    func migrate() async throws {
        _ = try await use { try Migrator(CustomerService.migrations).apply(on: $0, logger: quietLogger) }
    }
}
