import Foundation
import TestSupport

/// Examples of docs/operating.md that tests try: a block behind `<!-- tried: NAME -->`.
struct TriedExample {
    let text: String

    /// - Throws: ``TestFailure`` if the page has none of that name.
    init(_ name: String) throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs/operating.md")
        let parts = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "<!-- tried: \(name) -->\n")
        let lines = parts.dropFirst().first?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
        guard lines.first?.hasPrefix("```") == true, let end = lines.dropFirst().firstIndex(of: "```") else {
            throw TestFailure("docs/operating.md has no block that is tried as \(name)")
        }
        text = lines[1..<end].joined(separator: "\n")
    }

    /// The text with other names and paths in the place of the example's.
    func with(_ replacements: KeyValuePairs<String, String>) -> String {
        replacements.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
    }

    /// Lines `NAME=VALUE`, with other names and paths in the place of the example's.
    func settings(with replacements: KeyValuePairs<String, String>) -> [String: String] {
        let pairs = with(replacements).split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
    }
}
