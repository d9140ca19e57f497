/// One number of a scrape.
public struct MetricSample: Sendable, Hashable {
    /// With its labels: `orders_total{outcome="accepted"}`.
    public let series: String
    public let value: Double

    /// Without its labels.
    var name: Substring { series.prefix { $0 != "{" } }
    var isBucket: Bool { name.hasSuffix("_bucket") }
}

extension PrometheusMetrics {
    /// All numbers as a scrape would show them now, in its order.
    public func samples() -> [MetricSample] {
        String(decoding: exposition(), as: UTF8.self).split(separator: "\n").compactMap { line in
            guard !line.hasPrefix("#"), let space = line.lastIndex(of: " "),
                let value = Double(line[line.index(after: space)...])
            else { return nil }
            return MetricSample(series: String(line[..<space]), value: value)
        }
    }
}
