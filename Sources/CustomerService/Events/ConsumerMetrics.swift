import Daemon
import FoundationEssentials

/// What the consumer counts.
struct ConsumerMetrics: Sendable {
    private let metrics: PrometheusMetrics
    private let applied: PrometheusCounter
    private let duplicate: PrometheusCounter
    private let retried: PrometheusCounter
    private let batchSize: PrometheusHistogram
    private let batchDuration: PrometheusHistogram
    private let lag: PrometheusGauge

    init(_ metrics: PrometheusMetrics) {
        func events(_ outcome: String) -> PrometheusCounter {
            metrics.counter(
                "order_events_total", help: "Order events by what became of them.", labels: [("outcome", outcome)])
        }
        self.metrics = metrics
        applied = events("applied")
        duplicate = events("duplicate")
        retried = events("retried")
        batchSize = metrics.histogram(
            "order_event_batch_size", help: "Messages settled at once.", bounds: PrometheusMetrics.sizeBounds)
        batchDuration = metrics.histogram(
            "order_event_batch_duration_seconds", help: "From a batch's arrival to its acknowledgement.")
        lag = metrics.gauge(
            "order_event_lag_seconds", help: "Age of the oldest event of the last batch; 0 while none waits.")
        // There from the start: only then is the first message that is parked an increase.
        for reason in ParkingReason.names { parkedCounter(reason) }
    }

    /// A transaction with this many events was committed.
    func committed(events: Int, changedOrders: Int) {
        applied.increment(by: Int64(changedOrders))
        duplicate.increment(by: Int64(max(0, events - changedOrders)))
    }

    func parked(_ reason: String) {
        parkedCounter(reason).increment()
    }

    @discardableResult
    private func parkedCounter(_ reason: String) -> PrometheusCounter {
        metrics.counter(
            "order_events_parked_total", help: "Messages put on a parking queue, by reason.",
            labels: [("reason", reason)])
    }

    func sentBack() {
        retried.increment()
    }

    func settled(count: Int, took duration: Duration) {
        batchSize.observe(Double(count))
        batchDuration.observe(duration)
    }

    func oldestEvent(_ time: Date?, now: Date) {
        guard let time else { return }
        lag.set(max(0, now.timeIntervalSince(time)))
    }

    func idle() {
        lag.set(0.0)
    }
}
