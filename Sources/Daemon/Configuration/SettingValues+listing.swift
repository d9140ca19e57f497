extension SettingValues {
    /// All settings as `check-config` prints them, in columns: key, value, origin.
    public var listing: String {
        let rows = entries.map { ($0.setting.key, $0.shownText.isEmpty ? "(none)" : $0.shownText, $0.origin) }
        let keyWidth = rows.map { $0.0.count }.max() ?? 0
        let valueWidth = min(48, rows.map { $0.1.count }.max() ?? 0)
        return rows.map { key, value, origin in
            "\(key.padded(to: keyWidth))  \(value.padded(to: valueWidth))  \(origin)\n"
        }.joined()
    }
}

extension [any SettingDeclaration] {
    /// The settings as a Markdown table for the README.
    public var readmeTable: String {
        let rows = map { setting in
            let value = setting.defaultText.isEmpty ? "" : "`\(setting.defaultText)`"
            return "| `\(setting.environmentName)` | `\(setting.key)` | \(value) | \(setting.meaning) |"
        }
        return (["| Environment | In the file | Default | Meaning |", "|---|---|---|---|"] + rows)
            .joined(separator: "\n")
    }
}
