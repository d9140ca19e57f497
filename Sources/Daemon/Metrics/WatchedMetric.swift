/// A number that says what matters now: `watch` shows it, and the status line of systemd.
public struct WatchedMetric: Sendable {
    let title: String
    let series: String
    let isRate: Bool

    /// A counter, shown as its growth in a second.
    public static func rate(_ title: String, of series: String) -> WatchedMetric {
        WatchedMetric(title: title, series: series, isRate: true)
    }

    /// A gauge, shown as it is.
    public static func level(_ title: String, of series: String) -> WatchedMetric {
        WatchedMetric(title: title, series: series, isRate: false)
    }
}

/// Reads watched metrics again and again.
struct MetricsWatch {
    private let watched: [WatchedMetric]
    private let metrics: PrometheusMetrics
    private var before: [Double] = []
    private var readAt = ContinuousClock.now

    init(_ watched: [WatchedMetric], in metrics: PrometheusMetrics) {
        self.watched = watched
        self.metrics = metrics
        before = values()
    }

    /// What the metrics are by now, rates since the reading before.
    mutating func next() -> [(title: String, value: Int)] {
        let (values, now) = (values(), ContinuousClock.now)
        let seconds = max((now - readAt) / .seconds(1), 0.001)
        defer { (before, readAt) = (values, now) }
        return zip(watched, zip(before, values)).map { metric, value in
            (metric.title, Int(metric.isRate ? ((value.1 - value.0) / seconds).rounded() : value.1))
        }
    }

    /// What the metrics are, rates left out of account.
    var levels: [(title: String, value: Int)] {
        zip(watched, before).map { ($0.title, Int($1)) }
    }

    private func values() -> [Double] {
        let samples = metrics.samples()
        return watched.map { metric in samples.first { $0.series == metric.series }?.value ?? 0 }
    }
}
