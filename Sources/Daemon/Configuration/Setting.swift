/// One thing that can be configured, declared once: its key, default, meaning, and how its text is read.
///
/// From the same declarations come the reading, `check-config`, the check for unknown keys, and the table in the
/// README. The key is dotted (`db.poolSize`); the environment's name follows from it (`DB_POOL_SIZE`), and so does the
/// place in the JSON file (`{"db": {"poolSize": 8}}`). A value that is empty text counts as not set.
///
/// ```swift
/// static let currency = Setting("currency", default: Currency.usd, "ISO 4217 code of all prices.") { text in
///     try Currency(text) ?? { throw SettingRefusal("must be an ISO 4217 code such as USD") }()
/// }
/// ```
public struct Setting<Value: Sendable>: SettingDeclaration {
    public let key: String
    /// Other keys that mean the same, asked after ``key``.
    public let aliases: [String]
    public let defaultValue: Value
    public let meaning: String
    public let isSecret: Bool
    private let parse: @Sendable (String) throws(SettingRefusal) -> Value
    private let print: @Sendable (Value) -> String

    /// - Parameters:
    ///   - key: Dotted, each part in camel case.
    ///   - meaning: One sentence for `check-config` and the README.
    ///   - isSecret: Whether the value must never be shown; secrets are also looked for in the credentials directory.
    ///   - print: The value as it would have to be written.
    ///   - parse: Reads the text or says what it must be.
    public init(
        _ key: String, aliases: [String] = [], default defaultValue: Value, _ meaning: String, isSecret: Bool = false,
        print: @escaping @Sendable (Value) -> String = { "\($0)" },
        parse: @escaping @Sendable (String) throws(SettingRefusal) -> Value
    ) {
        self.key = key
        self.aliases = aliases
        self.defaultValue = defaultValue
        self.meaning = meaning
        self.isSecret = isSecret
        self.print = print
        self.parse = parse
    }

    public var defaultText: String { print(defaultValue) }
    public var erasedDefault: any Sendable { defaultValue }

    public func read(_ text: String) throws(SettingRefusal) -> any Sendable {
        try parse(text)
    }
}

/// A setting of any type, for the lists that a service makes of them.
public protocol SettingDeclaration: Sendable {
    var key: String { get }
    var aliases: [String] { get }
    var meaning: String { get }
    var isSecret: Bool { get }
    /// The default as it would have to be written; empty if there is none.
    var defaultText: String { get }
    var erasedDefault: any Sendable { get }
    func read(_ text: String) throws(SettingRefusal) -> any Sendable
}

extension SettingDeclaration {
    /// The environment's name for this setting: `db.poolSize` is `DB_POOL_SIZE`.
    public var environmentName: String { Daemon.environmentName(of: key) }
}

/// Why a text is no value of a setting: `must be a number from 1 to 65535`.
public struct SettingRefusal: Error, Sendable {
    public let requirement: String

    public init(_ requirement: String) {
        self.requirement = requirement
    }
}

/// The environment's name of a dotted key: parts and camel-case words in capitals, joined by underscores.
func environmentName(of key: String) -> String {
    var name = ""
    for character in key {
        if character == "." {
            name += "_"
        } else {
            if character.isUppercase { name += "_" }
            name += character.uppercased()
        }
    }
    return name
}
