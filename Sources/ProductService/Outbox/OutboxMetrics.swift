import Daemon

/// What the relay's lanes count.
struct OutboxMetrics: Sendable {
    private let confirmed: PrometheusCounter
    private let turnedAway: PrometheusCounter
    private let unconfirmed: PrometheusCounter
    private let batchDuration: PrometheusHistogram

    init(_ metrics: PrometheusMetrics) {
        func events(_ outcome: String) -> PrometheusCounter {
            metrics.counter(
                "outbox_events_total", help: "Published events by what the broker said.", labels: [("outcome", outcome)]
            )
        }
        confirmed = events("confirmed")
        turnedAway = events("turned_away")
        unconfirmed = events("unconfirmed")
        batchDuration = metrics.histogram(
            "outbox_batch_duration_seconds", help: "From a batch's claim to the end of its transaction.")
    }

    func record(_ tally: PublishTally, took duration: Duration) {
        guard tally.count > 0 else { return }
        confirmed.increment(by: Int64(tally.confirmed.count))
        turnedAway.increment(by: Int64(tally.turnedAway.count))
        unconfirmed.increment(by: Int64(tally.count - tally.confirmed.count - tally.turnedAway.count))
        batchDuration.observe(duration)
    }
}
