import Daemon

/// What the spool counts.
struct SpoolMetrics: Sendable {
    enum Outcome: String, Sendable, CaseIterable {
        case accepted, partly, rejected, duplicate, deferred
    }

    enum Stage: String, Sendable, CaseIterable {
        case claim, copy, validate, commit, finish
    }

    /// Files that wait in drop directories, as the last scan found them.
    struct Backlog: Sendable {
        var files = 0
        var bytes: Int64 = 0
        var oldestSeconds = 0.0
        /// By age: up to a minute, ten minutes, an hour, and beyond.
        var byAge = [0, 0, 0, 0]

        static let ages = ["1m", "10m", "1h", "older"]

        mutating func add(bytes: Int64, ageSeconds: Double) {
            files += 1
            self.bytes += bytes
            oldestSeconds = max(oldestSeconds, ageSeconds)
            byAge[ageSeconds <= 60 ? 0 : ageSeconds <= 600 ? 1 : ageSeconds <= 3_600 ? 2 : 3] += 1
        }
    }

    private let files: [Outcome: PrometheusCounter]
    private let accepted: PrometheusCounter
    private let refused: PrometheusCounter
    private let duplicates: PrometheusCounter
    private let stages: [Stage: PrometheusHistogram]
    private let waitingFiles: PrometheusGauge
    private let waitingBytes: PrometheusGauge
    private let oldest: PrometheusGauge
    private let freeBytes: PrometheusGauge
    private let ages: [PrometheusGauge]

    init(_ metrics: PrometheusMetrics) {
        func orders(_ outcome: String) -> PrometheusCounter {
            metrics.counter(
                "spool_orders_total", help: "Orders of ended files by outcome.", labels: [("outcome", outcome)])
        }
        files = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map {
                let counter = metrics.counter(
                    "spool_files_total", help: "Files by outcome; deferred ones come again.",
                    labels: [("outcome", $0.rawValue)])
                return ($0, counter)
            })
        stages = Dictionary(
            uniqueKeysWithValues: Stage.allCases.map {
                let histogram = metrics.histogram(
                    "spool_stage_seconds", help: "How long a file takes for each stage.",
                    labels: [("stage", $0.rawValue)])
                return ($0, histogram)
            })
        accepted = orders("accepted")
        refused = orders("refused")
        duplicates = orders("duplicate")
        waitingFiles = metrics.gauge("spool_waiting_files", help: "Files in drop directories at the last scan.")
        waitingBytes = metrics.gauge("spool_waiting_bytes", help: "Bytes of the files in drop directories.")
        oldest = metrics.gauge("spool_oldest_seconds", help: "Age of the oldest file in a drop directory.")
        freeBytes = metrics.gauge("spool_free_bytes", help: "Bytes left on the spool's file system.")
        ages = Backlog.ages.map {
            metrics.gauge("spool_backlog_files", help: "Files in drop directories by age.", labels: [("age", $0)])
        }
    }

    func deferred() {
        files[.deferred]?.increment()
    }

    func ended(_ receipt: Receipt) {
        files[receipt.outcome]?.increment()
        accepted.increment(by: Int64(receipt.accepted))
        refused.increment(by: Int64(receipt.refused))
        duplicates.increment(by: Int64(receipt.duplicates))
    }

    func time<Value>(_ stage: Stage, _ body: () throws -> Value) rethrows -> Value {
        let began = ContinuousClock.now
        defer { took(stage, since: began) }
        return try body()
    }

    func took(_ stage: Stage, since began: ContinuousClock.Instant) {
        stages[stage]?.observe(ContinuousClock.now - began)
    }

    func show(freeBytes bytes: Int64) {
        freeBytes.set(Double(bytes))
    }

    func show(_ backlog: Backlog) {
        waitingFiles.set(Double(backlog.files))
        waitingBytes.set(Double(backlog.bytes))
        oldest.set(backlog.oldestSeconds)
        for (gauge, count) in zip(ages, backlog.byAge) { gauge.set(Double(count)) }
    }
}
