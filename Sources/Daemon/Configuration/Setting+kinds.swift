// The usual kinds of setting.

extension Setting where Value == String {
    public static func text(
        _ key: String, aliases: [String] = [], default defaultValue: String, _ meaning: String, isSecret: Bool = false
    ) -> Setting {
        Setting(key, aliases: aliases, default: defaultValue, meaning, isSecret: isSecret) { text in text }
    }
}

extension Setting where Value == String? {
    /// A text that may be left out.
    public static func optionalText(
        _ key: String, aliases: [String] = [], _ meaning: String, isSecret: Bool = false
    ) -> Setting {
        Setting(key, aliases: aliases, default: nil, meaning, isSecret: isSecret, print: { $0 ?? "" }) { text in text }
    }
}

extension Setting where Value == Int {
    public static func integer(
        _ key: String, aliases: [String] = [], default defaultValue: Int, in range: ClosedRange<Int>, _ meaning: String
    ) -> Setting {
        Setting(key, aliases: aliases, default: defaultValue, meaning) { text throws(SettingRefusal) in
            guard let number = Int(text), range.contains(number) else {
                throw SettingRefusal("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }
}

extension Setting where Value == Bool {
    /// `on` or `off`; `true`, `yes`, `1` and their opposites are taken too.
    public static func flag(
        _ key: String, aliases: [String] = [], default defaultValue: Bool, _ meaning: String
    ) -> Setting {
        Setting(
            key, aliases: aliases, default: defaultValue, meaning, print: { $0 ? "on" : "off" }
        ) { text throws(SettingRefusal) in
            switch text.lowercased() {
            case "on", "true", "yes", "1": return true
            case "off", "false", "no", "0": return false
            default: throw SettingRefusal("must be on or off")
            }
        }
    }
}

extension Setting where Value == Duration {
    /// A time with its unit: `500ms`, `30s`, `5m`, `24h`, `7d`. A bare number is seconds.
    public static func duration(
        _ key: String, aliases: [String] = [], default defaultValue: Duration, in range: ClosedRange<Duration>,
        _ meaning: String
    ) -> Setting {
        Setting(
            key, aliases: aliases, default: defaultValue, meaning, print: \.settingText
        ) { text throws(SettingRefusal) in
            guard let duration = Duration(settingText: text), range.contains(duration) else {
                throw SettingRefusal(
                    "must be a time from \(range.lowerBound.settingText) to \(range.upperBound.settingText), "
                        + "such as \(defaultValue.settingText)")
            }
            return duration
        }
    }
}

extension Setting where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a few words.
    public static func choice(
        _ key: String, aliases: [String] = [], default defaultValue: Value, _ meaning: String
    ) -> Setting {
        Setting(
            key, aliases: aliases, default: defaultValue, meaning, print: \.rawValue
        ) { text throws(SettingRefusal) in
            guard let value = Value(rawValue: text.lowercased()) else {
                throw SettingRefusal("must be one of " + Value.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return value
        }
    }
}

extension Duration {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    init?(settingText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count)
        guard let count = Int64(digits), count < 1_000_000_000,
            let unit = Self.units.first(where: { $0.suffix == (suffix.isEmpty ? "s" : String(suffix)) })
        else { return nil }
        self = .milliseconds(count * unit.milliseconds)
    }

    /// In the largest unit that gives a whole number.
    var settingText: String {
        let milliseconds = components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
        let unit = Self.units.last { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.suffix)" } ?? "0s"
    }
}
