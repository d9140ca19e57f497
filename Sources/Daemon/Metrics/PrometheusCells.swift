public import Metrics
import Synchronization

// The cells that a metric's value lives in. Writing one is an atomic operation without a lock.

/// A number that only grows.
public final class PrometheusCounter: CounterHandler, FloatingPointCounterHandler, Sendable {
    private let count = Atomic<Int64>(0)
    private let fraction = AtomicDouble()

    public func increment() { count.wrappingAdd(1, ordering: .relaxed) }
    public func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    public func increment(by amount: Double) { fraction.add(amount) }

    public func reset() {
        count.store(0, ordering: .relaxed)
        fraction.set(0)
    }

    var value: Double { Double(count.load(ordering: .relaxed)) + fraction.value }
}

/// A number that goes up and down.
public final class PrometheusGauge: MeterHandler, RecorderHandler, Sendable {
    private let cell = AtomicDouble()

    public func set(_ value: Double) { cell.set(value) }
    public func set(_ value: Int64) { cell.set(Double(value)) }
    public func increment(by amount: Double) { cell.add(amount) }
    public func decrement(by amount: Double) { cell.add(-amount) }
    public func record(_ value: Int64) { set(value) }
    public func record(_ value: Double) { set(value) }

    var value: Double { cell.value }
}

/// How many observations were at most this large, for some bounds; their sum and their number.
public final class PrometheusHistogram: RecorderHandler, TimerHandler, Sendable {
    private final class Cell: Sendable {
        let count = Atomic<Int64>(0)
    }

    let bounds: [Double]
    /// One for each bound, and a last one for what is above all of them.
    private let cells: [Cell]
    private let sum = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        cells = (0...bounds.count).map { _ in Cell() }
    }

    public func observe(_ value: Double) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        cells[index].count.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    public func observe(_ duration: Duration) { observe(duration.inSeconds) }
    public func record(_ value: Int64) { observe(Double(value)) }
    public func record(_ value: Double) { observe(value) }
    public func recordNanoseconds(_ duration: Int64) { observe(Double(duration) * 1e-9) }

    /// The number of observations up to each bound, then of all.
    var cumulative: [Int64] {
        var total: Int64 = 0
        return cells.map { cell in
            total += cell.count.load(ordering: .relaxed)
            return total
        }
    }

    var total: Double { sum.value }
}

/// A double that several threads add to.
final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }
}
