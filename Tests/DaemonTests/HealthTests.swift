import Commerce
import Hummingbird
import TestSupport
import Testing

@testable import Daemon

@Suite("/readyz tells whether the daemon can work, and why not")
struct HealthTests {
    private let metrics = PrometheusMetrics()

    private func readiness(_ health: Health) async throws -> (status: Int, document: JSON) {
        let (answers, continuation) = AsyncStream.makeStream(of: TestResponse.self)
        try await withServer(metrics: metrics) { routes in
            routes.addOperations(health: health, metrics: metrics, openAPI: Array("{}".utf8))
        } _: { port in
            continuation.yield(try await TestClient(port: port).request("GET", "/readyz"))
            continuation.finish()
        }
        guard let response = await answers.first(where: { _ in true }) else { throw TestFailure("no answer") }
        return (response.status, try JSON.parse(Array(response.body.utf8)).value)
    }

    @Test("all dependencies up: 200, ready")
    func ready() async throws {
        let health = Health(metrics: metrics)
        health.set("database", .up)
        let (status, document) = try await readiness(health)
        #expect(status == 200)
        #expect(document["status"] == .string("ready"))
        #expect(document["dependencies"]?["database"]?["status"] == .string("up"))
    }

    @Test("one degraded: still 200, with its reason")
    func degraded() async throws {
        let health = Health(metrics: metrics)
        health.set("database", .up)
        health.set("broker", .degraded("connection refused"))
        let (status, document) = try await readiness(health)
        #expect(status == 200)
        #expect(document["status"] == .string("degraded"))
        #expect(document["dependencies"]?["broker"]?["reason"] == .string("connection refused"))
        #expect(health.summary == "degraded: broker: connection refused")
    }

    @Test("one down: 503, whatever else is degraded; up again: 200")
    func down() async throws {
        let health = Health(metrics: metrics)
        health.set("broker", .degraded("away"))
        health.set("database", .down("away"))
        #expect(try await readiness(health).status == 503)
        health.set("database", .up)
        #expect(try await readiness(health).status == 200)
    }

    @Test("several down: the line for systemctl status tells the one that says why")
    func telling() {
        let health = Health(metrics: metrics)
        health.set("a-writer", .down(DependencyState.untried))
        #expect(health.summary == "not ready: a-writer: not connected yet")
        health.set("database", .down("no password supplied"))
        #expect(health.summary == "not ready: database: no password supplied")
    }

    @Test("who waits until it is known how the daemon will do waits for no part that has failed")
    func decision() async {
        let health = Health(metrics: metrics)
        health.set("database", .down(DependencyState.untried))
        async let decision: Void = health.decision(within: .seconds(60))
        health.set("schema", .down("no such database"))
        await decision
        health.set("schema", .up)
        health.set("database", .up)
        await health.decision(within: .seconds(60))
    }

    @Test("stopping: 503, so that nothing new is sent here")
    func stopping() async throws {
        let health = Health(metrics: metrics)
        health.setStopping()
        let (status, document) = try await readiness(health)
        #expect(status == 503)
        #expect(document["status"] == .string("stopping"))
    }

    @Test("each dependency is a metric, too")
    func metric() {
        let health = Health(metrics: metrics)
        health.set("database", .up)
        health.set("broker", .degraded("away"))
        let text = String(decoding: metrics.exposition(), as: UTF8.self)
        #expect(text.contains("dependency_up{dependency=\"broker\"} 0.5\n"))
        #expect(text.contains("dependency_up{dependency=\"database\"} 1\n"))
    }

    @Test("/livez, /metrics and /openapi.json answer whatever the health")
    func operations() async throws {
        let health = Health(metrics: metrics)
        health.set("database", .down("away"))
        try await withServer(metrics: metrics) { routes in
            routes.addOperations(health: health, metrics: metrics, openAPI: Array(#"{"openapi":"3.1.0"}"#.utf8))
        } _: { port in
            let client = try TestClient(port: port)
            #expect(try await client.request("GET", "/livez").status == 200)
            let metrics = try await client.request("GET", "/metrics")
            #expect(metrics["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(metrics.body.hasSuffix("\n"))
            #expect(try await client.request("GET", "/openapi.json").body == #"{"openapi":"3.1.0"}"#)
        }
    }
}
