extension DeclaredCommand {
    /// What `--help` says beside the summary: the parameters with their meanings, examples, who may.
    func discussion(tool: String) -> String {
        let names = parameters.map { parameter in
            parameter.isArgument
                ? parameter.placeholder
                : "--\(parameter.name)" + (parameter.isFlag ? "" : " \(parameter.placeholder)")
        }
        let width = names.map(\.count).max() ?? 0
        var lines = zip(names, parameters).flatMap { name, parameter in
            let text = parameter.meaning.wrapped(to: 78 - width - 4)
            return text.enumerated().map { index, line in
                "  " + (index == 0 ? name : "").padding(to: width) + "  " + line
            }
        }
        if !lines.isEmpty { lines.append("") }
        lines += ["EXAMPLES:"] + (examples.isEmpty ? [usage] : examples).map { "  \(tool) \($0)" }
        lines += ["", "For the role \(role) and above."]
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// With blanks behind.
    func padding(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }

    /// In lines of so many characters at most, as far as words allow.
    fileprivate func wrapped(to width: Int) -> [String] {
        split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + word.count < width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }
}
