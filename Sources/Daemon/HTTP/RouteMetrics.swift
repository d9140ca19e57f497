import Synchronization

/// How often one route was asked, with what outcome, and how long it took.
///
/// Labelled with the route's template: the number of series is bounded by the number of routes and of status codes.
final class RouteMetrics: Sendable {
    private let method: String
    private let route: String
    private let metrics: PrometheusMetrics
    private let duration: PrometheusHistogram
    private let requests = Mutex<[Int: PrometheusCounter]>([:])

    init(method: String, route: String, in metrics: PrometheusMetrics) {
        self.method = method
        self.route = route
        self.metrics = metrics
        duration = metrics.histogram(
            "http_request_duration_seconds", help: "Time from a request's head to its answer.",
            labels: [("method", method), ("route", route)])
    }

    func record(status: Int, duration: Duration) {
        let counter = requests.withLock { counters in
            if let counter = counters[status] { return counter }
            let counter = metrics.counter(
                "http_requests_total", help: "Requests answered.",
                labels: [("method", method), ("route", route), ("status", String(status))])
            counters[status] = counter
            return counter
        }
        counter.increment()
        self.duration.observe(duration.inSeconds)
    }
}

extension Duration {
    /// This duration as a number of seconds.
    public var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
