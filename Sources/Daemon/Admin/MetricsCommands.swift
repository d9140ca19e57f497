import AdminChannel
import Commerce
import FoundationEssentials

/// The daemon's numbers: read, and never reset by reading.
struct MetricsCommands: Sendable {
    let metrics: PrometheusMetrics
    let health: Health
    /// What `watch` shows beside the state.
    let watched: [WatchedMetric]

    var all: [AdminCommand] { [all(as: "metrics", "Every metric."), stats, connections, watch] }

    private func all(as name: String, _ summary: String) -> AdminCommand {
        AdminCommand(name, role: .viewer, summary) { _, reply in
            for sample in metrics.samples() { try await reply.row { $0.sample(sample) } }
            return .ok()
        }
    }

    private var stats: AdminCommand {
        AdminCommand("stats", role: .viewer, "Counters and gauges since the start, without those of the process.") {
            _, reply in
            for sample in metrics.samples() where !sample.isBucket && !sample.series.hasPrefix("process_") {
                try await reply.row { $0.sample(sample) }
            }
            return .ok()
        }
    }

    private var connections: AdminCommand {
        AdminCommand("connections", role: .viewer, "The database pool's connections, and the process's descriptors.") {
            _, reply in
            for sample in metrics.samples()
            where sample.series.hasPrefix("database_pool") || sample.series.hasSuffix("_fds") {
                try await reply.row { $0.sample(sample) }
            }
            return .ok()
        }
    }

    private var watch: AdminCommand {
        AdminCommand(
            "watch", role: .viewer, "A line a second: state, rates and backlog.",
            [.option("count", "End after so many lines.", as: "N")], examples: ["watch", "watch --count 10"]
        ) { call, reply in
            let count = try call.integer("count", in: 1...1_000_000, otherwise: .max)
            var readings = MetricsWatch(watched, in: metrics)
            for _ in 0..<count {
                try await Task.sleep(for: .seconds(1))
                let (state, numbers) = (health.overall, readings.next())
                try await reply.row { json in
                    json.name("at")
                    json.date(.now)
                    json.name("state")
                    json.string(state.word)
                    for (title, value) in numbers {
                        json.dynamicName(title)
                        json.integer(value)
                    }
                    json.name("reason")
                    json.nullable(state.reason)
                }
            }
            return .ok()
        }
    }
}

extension JSONWriter {
    fileprivate mutating func sample(_ sample: MetricSample) {
        name("metric")
        string(sample.series)
        name("value")
        if sample.value.isFinite { raw(MetricFamily.number(sample.value).utf8) } else { null() }
    }
}
