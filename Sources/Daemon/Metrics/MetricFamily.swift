/// The series of one metric, and how they are written in the text format
/// (Prometheus documentation, "Exposition formats", version 0.0.4).
struct MetricFamily {
    enum Kind: String {
        case counter, gauge, histogram
    }

    let name: String
    let kind: Kind
    var help: String?
    /// Label pairs as they are written, to the cell with the value.
    var series: [String: any AnyObject & Sendable] = [:]

    init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    func write(to text: inout [UInt8]) {
        text += "# HELP \(name) \(Self.escaped(help ?? name, quote: false))\n# TYPE \(name) \(kind)\n".utf8
        for (labels, cell) in series.sorted(by: { $0.key < $1.key }) {
            switch cell {
            case let counter as PrometheusCounter: line("", labels, counter.value, to: &text)
            case let gauge as PrometheusGauge: line("", labels, gauge.value, to: &text)
            case let observed as ObservedValue: line("", labels, observed.read(), to: &text)
            case let histogram as PrometheusHistogram: write(histogram, labels, to: &text)
            default: break
            }
        }
    }

    private func write(_ histogram: PrometheusHistogram, _ labels: String, to text: inout [UInt8]) {
        let counts = histogram.cumulative
        let separator = labels.isEmpty ? "" : ","
        for (bound, count) in zip(histogram.bounds, counts) {
            line("_bucket", "\(labels)\(separator)le=\"\(Self.number(bound))\"", Double(count), to: &text)
        }
        let total = Double(counts.last ?? 0)
        line("_bucket", "\(labels)\(separator)le=\"+Inf\"", total, to: &text)
        line("_sum", labels, histogram.total, to: &text)
        line("_count", labels, total, to: &text)
    }

    private func line(_ suffix: String, _ labels: String, _ value: Double, to text: inout [UInt8]) {
        text += name.utf8
        text += suffix.utf8
        if !labels.isEmpty {
            text.append(UInt8(ascii: "{"))
            text += labels.utf8
            text.append(UInt8(ascii: "}"))
        }
        text.append(UInt8(ascii: " "))
        text += Self.number(value).utf8
        text.append(UInt8(ascii: "\n"))
    }

    /// Whole numbers without a fraction, as people expect counts.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : value.description
    }

    /// `a="b",c="d"`, in the order of the names so that the same labels are always the same series.
    static func key(_ labels: [(String, String)]) -> String {
        labels.sorted { $0.0 < $1.0 }
            .map { "\(validName($0.0))=\"\(escaped($0.1, quote: true))\"" }
            .joined(separator: ",")
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || $0 == 0x22 }) else { return text }
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quote: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// A name with everything but letters, digits and underscores replaced by underscores: `http.requests` has dots.
    static func validName(_ name: String) -> String {
        var valid = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { scalar in
                    switch scalar {
                    case "a"..."z", "A"..."Z", "0"..."9", "_", ":": scalar
                    default: "_"
                    }
                }))
        if let first = valid.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) { valid = "_" + valid }
        return valid
    }
}
