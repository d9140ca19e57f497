/// The values of all settings of a daemon, each with where it came from.
public struct SettingValues: Sendable {
    /// A value as `check-config` shows it.
    public struct Entry: Sendable {
        public let setting: any SettingDeclaration
        /// What was read; for a secret only whether there is something.
        public let shownText: String
        /// `environment DB_HOST`, `/etc/tradepost/productd.json db.host`, `default`, ….
        public let origin: String
        /// As it was read, secrets too; the default's as it is shown.
        fileprivate let text: String
        fileprivate let value: any Sendable

        func hasValue(of other: Entry) -> Bool { text == other.text }
    }

    public let entries: [Entry]
    private let index: [String: Int]

    /// Reads all settings, and finds everything that is wrong before it gives up.
    ///
    /// - Throws: ``ConfigurationError`` naming each bad value with its origin, and each unknown key of the file.
    public init(
        _ settings: [any SettingDeclaration], from sources: ConfigurationSources
    ) throws(ConfigurationError) {
        var entries: [Entry] = []
        // A misspelt key would otherwise silently leave the default in force.
        var problems = sources.unknownKeys(knowing: settings)
        for setting in settings {
            let found = ([setting.key] + setting.aliases).lazy
                .compactMap { sources.text(forKey: $0, isSecret: setting.isSecret) }.first
            guard let (text, origin) = found else {
                entries.append(
                    Entry(
                        setting: setting, shownText: setting.defaultText, origin: "default",
                        text: setting.defaultText, value: setting.erasedDefault))
                continue
            }
            do throws(SettingRefusal) {
                let value = try setting.read(text)
                entries.append(
                    Entry(
                        setting: setting, shownText: setting.isSecret ? Self.mask : text, origin: origin, text: text,
                        value: value))
            } catch {
                let shown = setting.isSecret ? "" : " '\(text.prefix(100))'"
                problems.append("\(origin): \(setting.key)\(shown) \(error.requirement)")
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems) }
        self.entries = entries
        index = Dictionary(
            entries.indices.map { (entries[$0].setting.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The value of a setting that was in the list; of one that was not, its default.
    public subscript<Value>(_ setting: Setting<Value>) -> Value {
        guard let index = index[setting.key], let value = entries[index].value as? Value else {
            assertionFailure("\(setting.key) is not in the service's list of settings")
            return setting.defaultValue
        }
        return value
    }

    private static let mask = "********"
}

/// Everything that is wrong with a configuration.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// A sentence for each problem, beginning with its origin.
    public let problems: [String]

    public init(_ problems: [String]) {
        self.problems = problems
    }

    public var description: String { problems.joined(separator: "\n") }
}

/// A daemon's configuration: a plain struct, read once from the values of the settings that it declares.
public protocol ServiceConfiguration: Sendable {
    /// Every setting, shared ones included.
    static var settings: [any SettingDeclaration] { get }
    /// What both daemons have: `http`, `database`, `broker`, `log`.
    var shared: SharedConfiguration { get }
    /// - Throws: ``ConfigurationError`` for values that don't go together.
    init(_ values: SettingValues) throws(ConfigurationError)
}
