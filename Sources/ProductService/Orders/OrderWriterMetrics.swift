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

    func record(_ results: [(group: OrderGroup, result: GroupResult)], took duration: Duration) {
        for (group, result) in results {
            switch result {
            case .success(let outcomes): outcomes.forEach(record)
            case .failure: undecided.increment(by: Int64(group.submissions.count))
            }
        }
        batchSize.observe(Double(results.reduce(0) { $0 + $1.group.submissions.count }))
        batchDuration.observe(duration)
    }

    private func record(_ outcome: OrderOutcome) {
        switch outcome {
        case .accepted(let order): (order.isReplay ? replayed : accepted).increment()
        case .refused: refused.increment()
        }
    }
}
