import NIOCore

/// Times of single requests, all of them kept: percentiles are exact.
struct Latencies {
    private var microseconds: [UInt32] = []

    var count: Int { microseconds.count }

    mutating func record(_ time: TimeAmount) {
        microseconds.append(UInt32(clamping: time.nanoseconds / 1_000))
    }

    /// Members of a JSON object, in milliseconds.
    var summary: String {
        let sorted = microseconds.sorted()
        func percentile(_ percent: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            let rank = (percent / 100 * Double(sorted.count)).rounded(.up)
            return Double(sorted[min(max(Int(rank), 1), sorted.count) - 1]) / 1_000
        }
        return [("p50", 50.0), ("p90", 90), ("p99", 99), ("p999", 99.9), ("max", 100)]
            .map { #""\#($0)":\#(percentile($1))"# }.joined(separator: ",")
    }
}
