import Daemon

/// What the writer's lanes count.
struct OrderWriterMetrics: Sendable {
    private let accepted: PrometheusCounter
    private let replayed: PrometheusCounter
    private let refused: PrometheusCounter
    private let undecided: PrometheusCounter
    private let batchSize: PrometheusHistogram
    private let batchDuration: PrometheusHistogram

    init(_ metrics: PrometheusMetrics) {
        func orders(_ outcome: String) -> PrometheusCounter {
            metrics.counter("orders_total", help: "Submitted orders by outcome.", labels: [("outcome", outcome)])
        }
        accepted = orders("accepted")
        replayed = orders("replayed")
        refused = orders("refused")
        undecided = orders("undecided")
        batchSize = metrics.histogram(
            "order_batch_size", help: "Orders that one transaction took.", bounds: PrometheusMetrics.sizeBounds)
        batchDuration = metrics.histogram(
            "order_batch_duration_seconds", help: "From a batch's taking to its outcomes.")
    }

    func record(_ results: [Result<OrderOutcome, OrderUndecided>], took duration: Duration) {
        for result in results {
            switch result {
            case .success(.accepted(let order)): (order.isReplay ? replayed : accepted).increment()
            case .success(.refused): refused.increment()
            case .failure: undecided.increment()
            }
        }
        batchSize.observe(Double(results.count))
        batchDuration.observe(duration)
    }
}
