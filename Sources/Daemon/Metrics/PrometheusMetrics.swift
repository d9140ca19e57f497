public import Metrics
import Synchronization

/// All metrics of the process, kept in memory and written in Prometheus' text format when asked.
///
/// It is the factory behind swift-metrics (`Counter`, `Timer`, …) and has direct makers with help texts and buckets
/// for our own code. Asking twice for the same name and labels gives the same cell. A family has at most
/// ``seriesLimit`` series; what would come after that is counted in one series whose labels all say `other`, so a
/// label that turns out to be unbounded cannot fill the memory.
public final class PrometheusMetrics: MetricsFactory, Sendable {
    public typealias Labels = [(String, String)]

    /// The most series that one metric may have.
    public static let seriesLimit = 500
    /// Upper bounds in seconds, from half a millisecond to ten seconds.
    public static let durationBounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// Upper bounds for sizes of batches.
    public static let sizeBounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000]

    private let families = Mutex<[String: MetricFamily]>([:])

    public init() {}

    public func counter(_ name: String, help: String? = nil, labels: Labels = []) -> PrometheusCounter {
        cell(name, .counter, help, labels) { PrometheusCounter() }
    }

    public func gauge(_ name: String, help: String? = nil, labels: Labels = []) -> PrometheusGauge {
        cell(name, .gauge, help, labels) { PrometheusGauge() }
    }

    public func histogram(
        _ name: String, help: String? = nil, labels: Labels = [], bounds: [Double] = durationBounds
    ) -> PrometheusHistogram {
        cell(name, .histogram, help, labels) { PrometheusHistogram(bounds: bounds) }
    }

    /// A gauge that is read only when somebody scrapes: for what is already counted elsewhere.
    public func observe(
        _ name: String, help: String? = nil, labels: Labels = [], isCounter: Bool = false,
        _ read: @escaping @Sendable () -> Double
    ) {
        _ = cell(name, isCounter ? .counter : .gauge, help, labels) { ObservedValue(read: read) }
    }

    /// The metrics in the text exposition format 0.0.4, families and series in the order of their names.
    public func exposition() -> [UInt8] {
        let families = families.withLock { $0 }
        var text: [UInt8] = []
        for (_, family) in families.sorted(by: { $0.key < $1.key }) {
            family.write(to: &text)
        }
        return text
    }

    private func cell<Cell: AnyObject & Sendable>(
        _ label: String, _ kind: MetricFamily.Kind, _ help: String?, _ labels: Labels, make: () -> Cell
    ) -> Cell {
        let name = MetricFamily.validName(label)
        return families.withLock { families in
            var family = families[name] ?? MetricFamily(name: name, kind: kind)
            if family.help == nil { family.help = help }
            var key = MetricFamily.key(labels)
            if family.series[key] == nil, family.series.count >= Self.seriesLimit {
                key = MetricFamily.key(labels.map { ($0.0, "other") })
            }
            if let cell = family.series[key] as? Cell { return cell }
            let cell = make()
            // A name that is already used for another kind of metric: the values are kept, and not shown.
            if family.kind == kind { family.series[key] = cell }
            families[name] = family
            return cell
        }
    }
}

/// A number that is known elsewhere.
final class ObservedValue: Sendable {
    let read: @Sendable () -> Double

    init(read: @escaping @Sendable () -> Double) {
        self.read = read
    }
}

// MARK: swift-metrics

extension PrometheusMetrics {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, labels: dimensions)
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, labels: dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, labels: dimensions)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return histogram(label, labels: dimensions, bounds: Self.sizeBounds) }
        return gauge(label, labels: dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, labels: dimensions)
    }

    // Series live as long as the process: a counter that vanishes and comes back at zero misleads a rate.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
