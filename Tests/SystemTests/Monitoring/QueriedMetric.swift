import Foundation

/// A metric as a PromQL expression asks for it, with the labels that it is to have.
///
/// It finds names and labels, and knows no more of the language than what the project's own alerts and dashboard use.
struct QueriedMetric: Hashable {
    let name: String
    /// Of its selector: the label and the values that it may have; none where the pattern is more than a list.
    var labels: [String: [String]] = [:]

    /// Every metric of an expression. A label that results are grouped by is one that each of them is to have.
    static func all(in expression: String) -> [QueriedMetric] {
        let groups = expression.matches(of: /\bby \(([a-z_, ]+)\)/).flatMap { labels(in: $0.1) }
        let plain = expression.replacing(/\b(by|without) \([a-z_, ]+\)/, with: "").replacing(/\[[^\]]*\]/, with: "")
        return plain.matches(of: /\b([a-z_:]+[a-z0-9_:]*)(\s*\()?(\{[^}]*\})?/).compactMap { match in
            let name = String(match.1)
            guard match.2 == nil, !words.contains(name), !isWithinSelector(match.range.lowerBound, of: plain) else {
                return nil
            }
            var metric = QueriedMetric(name: name)
            for label in groups { metric.labels[label] = [] }
            for pair in (match.3 ?? "").matches(of: /([a-z_]+)(=~|!=|!~|=)"([^"]*)"/) {
                let isList = pair.2 == "=" || pair.2 == "=~" && pair.3.wholeMatch(of: /[a-z0-9_|-]+/) != nil
                metric.labels[String(pair.1)] = isList ? pair.3.split(separator: "|").map(String.init) : []
            }
            return metric
        }
    }

    private static let words: Set = ["and", "or", "unless", "on", "ignoring", "bool", "offset"]

    private static func labels(in list: Substring) -> [String] {
        list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func isWithinSelector(_ place: String.Index, of text: String) -> Bool {
        let before = text[..<place]
        return (before.lastIndex(of: "{") ?? text.startIndex) > (before.lastIndex(of: "}") ?? text.startIndex)
    }
}

/// What a daemon exports: for each metric, its labels with the values seen.
struct ExportedMetrics {
    private(set) var metrics: [String: [String: Set<String>]] = [:]

    /// - Parameter exposition: The text of `/metrics`.
    mutating func add(_ exposition: String) {
        for line in exposition.split(separator: "\n") where !line.hasPrefix("#") {
            guard let match = line.firstMatch(of: /^([a-z0-9_:]+)(\{.*\})?\s/) else { continue }
            var labels = metrics[String(match.1)] ?? [:]
            for pair in (match.2 ?? "").matches(of: /([a-z_]+)="([^"]*)"/) {
                labels[String(pair.1), default: []].insert(String(pair.2))
            }
            metrics[String(match.1)] = labels
        }
    }

    /// - Returns: What of it is not exported; `nil` if all is.
    func missing(of queried: QueriedMetric) -> String? {
        // Prometheus' own: `up` it makes itself, the two labels it puts on everything.
        if queried.name == "up" || queried.name == "ALERTS" { return nil }
        guard let labels = metrics[queried.name] else { return "there is no metric \(queried.name)" }
        for (label, values) in queried.labels where !["job", "instance"].contains(label) {
            guard let seen = labels[label] else { return "\(queried.name) has no label \(label)" }
            for value in values where !seen.contains(value) {
                return "\(queried.name) has no \(label) \(value), but \(seen.sorted())"
            }
        }
        return nil
    }
}
