/// The `.env` file that developers of the old services have: `NAME=value` lines, `#` comments, an optional `export`,
/// values in single or double quotes.
enum DotEnv {
    static func parse(_ text: String) -> [String: String] {
        var variables: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            var line = trimmed(line)
            if line.hasPrefix("export ") { line = trimmed(line.dropFirst("export ".count)) }
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            let name = trimmed(line[..<equals])
            variables[String(name)] = unquoted(trimmed(line[line.index(after: equals)...]))
        }
        return variables
    }

    private static func unquoted(_ value: Substring) -> String {
        if let quote = value.first, quote == "\"" || quote == "'", let end = value.dropFirst().firstIndex(of: quote) {
            return String(value[value.index(after: value.startIndex)..<end])
        }
        // A comment behind a bare value begins with a blank, so that passwords and URLs may have a '#'.
        let comment = value.indices.first { index in
            value[index] == "#" && index > value.startIndex && value[value.index(before: index)].isWhitespace
        }
        return String(trimmed(value[..<(comment ?? value.endIndex)]))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...last]
    }
}
