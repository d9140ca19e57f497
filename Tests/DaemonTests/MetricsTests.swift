import Hummingbird
import Metrics
import TestSupport
import Testing

@testable import Daemon

@Suite("Metrics can be read by Prometheus")
struct MetricsTests {
    private func text(_ metrics: PrometheusMetrics) -> [String] {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("a family has its help and type once, before its series")
    func exposition() {
        let metrics = PrometheusMetrics()
        metrics.counter("orders_total", help: "Orders\ntaken.", labels: [("status", "created")]).increment()
        metrics.counter("orders_total", labels: [("status", "refused")]).increment(by: Int64(2))
        metrics.gauge("outbox_rows").set(3.5)
        #expect(
            text(metrics) == [
                "# HELP orders_total Orders\\ntaken.", "# TYPE orders_total counter",
                "orders_total{status=\"created\"} 1", "orders_total{status=\"refused\"} 2",
                "# HELP outbox_rows outbox_rows", "# TYPE outbox_rows gauge", "outbox_rows 3.5",
            ])
    }

    @Test("label values are escaped, names are made valid")
    func escaping() {
        let metrics = PrometheusMetrics()
        metrics.counter("http.requests", labels: [("the-path", "a\"b\\c\nd")]).increment()
        #expect(text(metrics).last == #"http_requests{the_path="a\"b\\c\nd"} 1"#)
    }

    @Test("a histogram's buckets are cumulative, and its sum and count agree")
    func histogram() {
        let metrics = PrometheusMetrics()
        let histogram = metrics.histogram("seconds", labels: [("a", "b")], bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7] { histogram.observe(value) }
        #expect(
            text(metrics).dropFirst(2) == [
                "seconds_bucket{a=\"b\",le=\"0.1\"} 2", "seconds_bucket{a=\"b\",le=\"1\"} 3",
                "seconds_bucket{a=\"b\",le=\"+Inf\"} 4", "seconds_sum{a=\"b\"} 7.65", "seconds_count{a=\"b\"} 4",
            ])
    }

    @Test("a label without bound ends in one series for all the rest")
    func cardinality() {
        let metrics = PrometheusMetrics()
        for number in 0..<(PrometheusMetrics.seriesLimit + 10) {
            metrics.counter("n", labels: [("id", String(number))]).increment()
        }
        let lines = text(metrics)
        #expect(lines.count == 2 + PrometheusMetrics.seriesLimit + 1)
        #expect(lines.contains("n{id=\"other\"} 10"))
    }

    @Test("what swift-metrics is told arrives")
    func factory() {
        let metrics = PrometheusMetrics()
        Counter(label: "c", dimensions: [], factory: metrics).increment(by: 2)
        Gauge(label: "g", dimensions: [], factory: metrics).record(4)
        Timer(label: "t", dimensions: [], factory: metrics).recordMilliseconds(20)
        let lines = text(metrics)
        #expect(lines.contains("c 2"))
        #expect(lines.contains("g 4"))
        #expect(lines.contains("t_bucket{le=\"0.025\"} 1"))
        #expect(lines.contains("t_sum 0.02"))
    }

    @Test("many tasks count without losing one")
    func concurrency() async {
        let metrics = PrometheusMetrics()
        let counter = metrics.counter("c")
        let histogram = metrics.histogram("h")
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment()
                        histogram.observe(1.0)
                    }
                }
            }
        }
        #expect(text(metrics).contains("c 80000"))
        #expect(text(metrics).contains("h_sum 80000"))
    }

    @Test("requests are counted under their route's template, never under their path")
    func requests() async throws {
        let metrics = PrometheusMetrics()
        try await withServer(metrics: metrics) { routes in
            routes.get("/orders/{id}") { _, _ in .noContent() }
        } _: { port in
            let client = try TestClient(port: port)
            for id in 0..<3 { _ = try await client.request("GET", "/orders/\(id)") }
            _ = try await client.request("GET", "/wp-login.php")
        }
        let lines = text(metrics)
        #expect(lines.contains(#"http_requests_total{method="GET",route="/orders/{id}",status="204"} 3"#))
        #expect(lines.contains(#"http_requests_total{method="any",route="unknown",status="404"} 1"#))
        #expect(lines.contains(#"http_request_duration_seconds_count{method="GET",route="/orders/{id}"} 3"#))
        #expect(!lines.contains { $0.contains("wp-login") })
    }

    @Test("the process's own numbers are there and plausible")
    func process() throws {
        let metrics = PrometheusMetrics()
        ProcessMetrics.register(in: metrics)
        let values = Dictionary(
            text(metrics).filter { !$0.hasPrefix("#") }.map { line in
                let parts = line.split(separator: " ")
                return (String(parts[0]), Double(parts[1]) ?? -1)
            }, uniquingKeysWith: { $1 })
        #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        #expect(try #require(values["process_open_fds"]) >= 3)
        #expect(try #require(values["process_start_time_seconds"]) > 1_700_000_000)
    }
}
