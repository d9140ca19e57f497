import Configuration
import FoundationEssentials

/// Where values come from, in order: the first source that has one wins.
///
/// Command-line flags, the environment, the credentials directory (secrets only, one file each, named by the key), the
/// JSON file, `.env` in the working directory (not under systemd). What none of them has is the default.
public struct ConfigurationSources: Sendable {
    /// One of them: a provider of swift-configuration, and how to tell a person where a value was found.
    struct Source: Sendable {
        let provider: any ConfigProvider
        let origin: @Sendable (_ encodedKey: String) -> String
        var secretsOnly = false
    }

    let sources: [Source]
    /// The JSON file, if there is one: its keys are checked against the declared settings.
    let file: ConfigurationFile?
    let flags: [ConfigurationFlag]

    /// Finds the sources.
    ///
    /// - Parameters:
    ///   - name: The daemon's: `productd` reads `/etc/tradepost/productd.json`.
    ///   - flags: What the command line sets.
    ///   - file: The file to read; one that is named must be there.
    /// - Throws: ``ConfigurationError`` if the file cannot be read or is no JSON.
    public static func find(
        name: String, flags: [ConfigurationFlag] = [], file: String? = nil,
        environment: [String: String], workingDirectory: String
    ) throws(ConfigurationError) -> ConfigurationSources {
        var sources = [commandLine(flags), self.environment(environment)]
        if let directory = environment["CREDENTIALS_DIRECTORY"], !directory.isEmpty {
            sources.append(try credentials(in: directory))
        }
        let named = file ?? environment["TRADEPOST_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let configurationFile = try ConfigurationFile.read(
            named ?? "/etc/tradepost/\(name).json", mustExist: named != nil)
        if let configurationFile { sources.append(configurationFile.source) }
        if environment["INVOCATION_ID"] == nil, let dotEnv = dotEnv(in: workingDirectory) { sources.append(dotEnv) }
        return ConfigurationSources(sources: sources, file: configurationFile, flags: flags)
    }

    private static func commandLine(_ flags: [ConfigurationFlag]) -> Source {
        let values = flags.map { ($0.key.configKey, ConfigValue(.string($0.value), isSecret: false)) }
        let names = Dictionary(flags.map { ($0.key, $0.name) }, uniquingKeysWith: { $1 })
        return Source(
            provider: InMemoryProvider(name: "command line", values: Dictionary(values, uniquingKeysWith: { $1 })),
            origin: { key in names[key] ?? "command line" })
    }

    private static func environment(_ variables: [String: String]) -> Source {
        Source(
            provider: EnvironmentVariablesProvider(environmentVariables: variables),
            origin: { "environment \($0)" })
    }

    /// Secrets that systemd hands over (systemd.exec(5), `LoadCredential=`): `db.password` is the file of that name,
    /// without its last line break.
    ///
    /// - Throws: ``ConfigurationError`` if one is there and may not be read: going on without it would only make it look
    ///   as if a server refused the log-in. What is no text is no setting's.
    private static func credentials(in directory: String) throws(ConfigurationError) -> Source {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
            throw ConfigurationError(["CREDENTIALS_DIRECTORY: \(directory) cannot be listed"])
        }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for name in names {
            let path = "\(directory)/\(name)"
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw ConfigurationError(["CREDENTIALS_DIRECTORY: \(path) cannot be read"])
            }
            guard var text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
            if text.hasSuffix("\n") { text.removeLast() }
            values[name.configKey] = ConfigValue(.string(text), isSecret: true)
        }
        return Source(
            provider: InMemoryProvider(name: "credentials", values: values), origin: { "credential \($0)" },
            secretsOnly: true)
    }

    private static func dotEnv(in directory: String) -> Source? {
        guard let text = try? String(contentsOfFile: directory + "/.env", encoding: .utf8) else { return nil }
        return Source(
            provider: EnvironmentVariablesProvider(environmentVariables: DotEnv.parse(text)), origin: { ".env \($0)" })
    }

    /// A sentence for each key, of the file or of a flag, that no setting has, with the nearest one that exists.
    func unknownKeys(knowing settings: [any SettingDeclaration]) -> [String] {
        let known = settings.flatMap { [$0.key] + $0.aliases }
        let inFile = file.map { file in file.values.keys.sorted().map { ($0, file.path) } } ?? []
        return (flags.map { ($0.key, $0.name) } + inFile).filter { !known.contains($0.0) }.map { key, origin in
            let nearest = known.min { $0.editDistance(to: key) < $1.editDistance(to: key) }
            let hint = nearest.flatMap { $0.editDistance(to: key) <= 3 ? "; did you mean \($0)?" : nil } ?? ""
            return "\(origin): unknown key \(key)\(hint)"
        }
    }

    /// The text for a key and where it was found; `nil` if no source has one. Empty text counts as none.
    func text(forKey key: String, isSecret: Bool) -> (text: String, origin: String)? {
        for source in sources where isSecret || !source.secretsOnly {
            guard let result = try? source.provider.value(forKey: key.configKey, type: .string),
                case .string(let text)? = result.value?.content, !text.isEmpty
            else { continue }
            return (text, source.origin(result.encodedKey))
        }
        return nil
    }
}

/// A setting that the command line gives a value.
public struct ConfigurationFlag: Sendable, Hashable {
    public let key: String
    /// The flag as it is typed: `--port`.
    public let name: String
    public let value: String

    public init(key: String, name: String, value: String) {
        self.key = key
        self.name = name
        self.value = value
    }
}

extension String {
    /// A dotted key as swift-configuration has it.
    var configKey: AbsoluteConfigKey {
        AbsoluteConfigKey(split(separator: ".").map(String.init))
    }
}
