import Metrics

/// What a writer lane counts.
struct OrderWriterMetrics: Sendable {
    private let accepted = Counter(label: "orders_total", dimensions: [("outcome", "accepted")])
    private let replayed = Counter(label: "orders_total", dimensions: [("outcome", "replayed")])
    private let refused = Counter(label: "orders_total", dimensions: [("outcome", "refused")])
    private let undecided = Counter(label: "orders_total", dimensions: [("outcome", "undecided")])
    private let batchSize = Recorder(label: "order_batch_size", aggregate: true)
    private let batchDuration = Timer(label: "order_batch_duration_seconds")

    func record(_ results: [Result<OrderOutcome, OrderUndecided>], took duration: Duration) {
        var counts = (accepted: 0, replayed: 0, refused: 0, undecided: 0)
        for result in results {
            switch result {
            case .success(.accepted(let order)) where order.isReplay: counts.replayed += 1
            case .success(.accepted): counts.accepted += 1
            case .success(.refused): counts.refused += 1
            case .failure: counts.undecided += 1
            }
        }
        accepted.increment(by: counts.accepted)
        replayed.increment(by: counts.replayed)
        refused.increment(by: counts.refused)
        undecided.increment(by: counts.undecided)
        batchSize.record(results.count)
        batchDuration.record(duration: duration)
    }
}
