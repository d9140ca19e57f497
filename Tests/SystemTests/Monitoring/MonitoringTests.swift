import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Alerts and dashboard fit what the daemons export")
struct MonitoringTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func file(_ name: String) throws -> String {
        try String(contentsOf: root.appending(path: name), encoding: .utf8)
    }

    /// A line of the rules: what it says, and of which alert.
    private static func lines(_ key: String) throws -> [String] {
        try file("packaging/monitoring/tradepost.rules.yml").split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.hasPrefix("\(key): ") }
            .map { String($0.dropFirst(key.count + 2)) }
    }

    @Test("each metric and label that an alert or the dashboard names is one that a daemon exports")
    func metrics() async throws {
        let alerts = try Self.lines("expr")
        let dashboard = try JSONSerialization.jsonObject(
            with: Data(Self.file("packaging/monitoring/tradepost.dashboard.json").utf8))
        let queries = Self.expressions(in: dashboard)
        #expect(alerts.count > 15 && queries.count > 30)
        let exported = try await Self.exported()
        for expression in alerts + queries {
            let metrics = QueriedMetric.all(in: expression)
            #expect(!metrics.isEmpty, "\(expression)")
            for metric in metrics { #expect(exported.missing(of: metric) == nil, "\(expression)") }
        }
    }

    @Test("each metric that a daemon counts its own work by is on the dashboard")
    func completeness() async throws {
        let dashboard = try Self.file("packaging/monitoring/tradepost.dashboard.json")
        for name in try await Self.exported().metrics.keys {
            let family = name.replacing(/_(bucket|sum|count)$/, with: "")
            // Other forms of what is there.
            if ["spool_waiting_files", "process_max_fds"].contains(family) { continue }
            let isShown = dashboard.contains(family)
            #expect(isShown, "\(family) is on no panel")
        }
    }

    @Test("what is no metric of theirs is found out")
    func findings() {
        var exported = ExportedMetrics()
        exported.add("# HELP a_total x\na_total{outcome=\"good\",route=\"/x{id}\"} 1\nb_bucket{le=\"1\"} 2\nc 3\n")
        func missing(_ expression: String) -> [String] {
            QueriedMetric.all(in: expression).compactMap(exported.missing)
        }
        #expect(missing(#"sum by (outcome, job) (rate(a_total{outcome=~"good",job="x"}[5m])) > 0"#) == [])
        #expect(missing("c > 1 and c offset 5m < 5") == [])
        #expect(missing(#"histogram_quantile(0.9, sum by (le) (rate(b_bucket{le!="2"}[$__rate_interval])))"#) == [])
        #expect(missing("rate(d_total[5m])") == ["there is no metric d_total"])
        #expect(missing("sum by (status) (a_total)") == ["a_total has no label status"])
        #expect(missing(#"a_total{outcome=~"good|bad"}"#) == [#"a_total has no outcome bad, but ["good"]"#])
    }

    @Test("promtool finds the rules right, and each alert goes off when it is to, and not just before")
    func promtool() async throws {
        let tool = Script(path: "/usr/bin/env")
        let folder = Self.root.appending(path: "packaging/monitoring").path
        try await tool.run("promtool", "check", "config", "\(folder)/prometheus.yml")
        try await tool.run("promtool", "test", "rules", "\(folder)/tradepost.rules.test.yml")
        let tests = try Self.file("packaging/monitoring/tradepost.rules.test.yml")
        for alert in try Self.lines("- alert") {
            #expect(tests.contains(#"{alertname="\#(alert)"}"#), "nothing sets \(alert) off")
        }
    }

    @Test("each alert says what to do, and names a section of docs/operating.md that is there")
    func runbooks() throws {
        let runbooks = try Self.lines("runbook")
        #expect(try runbooks.count == Self.lines("- alert").count)
        let anchors = try Self.file("docs/operating.md").matches(of: /(?m)^#+ (.+)$/).map {
            $0.1.lowercased().replacing(/[^a-z0-9 -]/, with: "").replacing(" ", with: "-")
        }
        for runbook in runbooks {
            let form = /^"(.{20,}) docs\/operating\.md#([a-z0-9-]+)"$/
            let match = try #require(runbook.firstMatch(of: form), "\(runbook)")
            #expect(anchors.contains(String(match.2)), "docs/operating.md has no section #\(match.2)")
        }
    }

    /// Every `expr` of a JSON document, wherever it is.
    private static func expressions(in value: Any) -> [String] {
        switch value {
        case let object as [String: Any]:
            object.flatMap { key, value in key == "expr" ? [value as? String ?? ""] : expressions(in: value) }
        case let array as [Any]: array.flatMap(expressions)
        default: []
        }
    }

    /// What both daemons export once they have seen an order.
    private static func exported() async throws -> ExportedMetrics {
        let spool = FileManager.default.temporaryDirectory.appending(path: "spool-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: spool) }
        let texts = Mutex<[String]>([])
        try await Shop.open(on: .shared(), settings: ["SPOOL_DIRECTORY": spool]) { shop in
            let product = try await shop.addProduct()
            #expect(try await shop.place(product) == 201)
            _ = try await shop.customerd.get("/customers")
            try await shop.awaitAgreement()
            try await eventually("productd has looked at its outbox") {
                try await shop.productd.get("/metrics").body.contains(#"dependency="outbox""#)
            }
            for daemon in [shop.productd, shop.customerd] {
                let text = try await daemon.get("/metrics").body
                texts.withLock { $0.append(text) }
            }
        }
        return texts.withLock { $0.reduce(into: ExportedMetrics()) { $0.add($1) } }
    }
}
