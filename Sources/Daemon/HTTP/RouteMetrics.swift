import Synchronization

/// How often one route was asked, with what outcome, and how long it took.
///
/// Labelled with the route's template: the number of series is bounded by the number of routes and of status codes.
final class RouteMetrics: Sendable {
    private let method: String
    private let route: String
    private let metrics: PrometheusMetrics
    /// Made when first needed: most of what a path refuses is never asked.
    private let cells = Mutex<Cells?>(nil)

    private struct Cells {
        let duration: PrometheusHistogram
        var requests: [Int: PrometheusCounter] = [:]
    }

    init(method: String, route: String, in metrics: PrometheusMetrics) {
        self.method = method
        self.route = route
        self.metrics = metrics
    }

    func record(status: Int, duration: Duration) {
        let (counter, histogram) = cells.withLock { cells in
            var present = cells ?? Cells(duration: makeHistogram())
            if let counter = present.requests[status] { return (counter, present.duration) }
            let counter = makeCounter(status)
            present.requests[status] = counter
            cells = present
            return (counter, present.duration)
        }
        counter.increment()
        histogram.observe(duration.inSeconds)
    }

    private func makeHistogram() -> PrometheusHistogram {
        metrics.histogram(
            "http_request_duration_seconds", help: "Time from a request's head to its answer.",
            labels: [("method", method), ("route", route)])
    }

    private func makeCounter(_ status: Int) -> PrometheusCounter {
        metrics.counter(
            "http_requests_total", help: "Requests answered.",
            labels: [("method", method), ("route", route), ("status", String(status))])
    }
}

extension Duration {
    /// This duration as a number of seconds.
    public var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
