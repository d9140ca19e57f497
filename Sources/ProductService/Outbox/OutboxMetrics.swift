import Metrics

/// What a relay lane counts.
struct OutboxMetrics: Sendable {
    private let confirmed = Counter(label: "outbox_events_total", dimensions: [("outcome", "confirmed")])
    private let turnedAway = Counter(label: "outbox_events_total", dimensions: [("outcome", "turned_away")])
    private let unconfirmed = Counter(label: "outbox_events_total", dimensions: [("outcome", "unconfirmed")])
    private let batchDuration = Timer(label: "outbox_batch_duration_seconds")

    func record(_ tally: PublishTally, took duration: Duration) {
        guard tally.count > 0 else { return }
        confirmed.increment(by: tally.confirmed.count)
        turnedAway.increment(by: tally.turnedAway.count)
        unconfirmed.increment(by: tally.count - tally.confirmed.count - tally.turnedAway.count)
        batchDuration.record(duration: duration)
    }
}
