public import ArgumentParser
import FoundationEssentials
import Glibc

/// The flags that every command has: where the configuration is, and the settings that people change most.
public struct ConfigurationOptions: ParsableArguments {
    public init() {}

    @Option(help: "The configuration file, JSON.")
    var config: String?

    @Option(help: "The address to listen on.")
    var host: String?

    @Option(help: "The port to listen on.")
    var port: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel: String?

    @Option(help: "auto, text or json.")
    var logFormat: String?

    @Option(help: ArgumentHelp("Any setting, such as db.poolSize=16; may be repeated.", valueName: "key=value"))
    var set: [String] = []

    public func validate() throws {
        for assignment in set where !assignment.contains("=") {
            throw ValidationError("--set \(assignment): write it as key=value")
        }
    }

    private var flags: [ConfigurationFlag] {
        let named = [
            ("http.host", "--host", host), ("http.port", "--port", port), ("log.level", "--log-level", logLevel),
            ("log.format", "--log-format", logFormat),
        ]
        let set = set.map { assignment in
            let equals = assignment.firstIndex(of: "=") ?? assignment.endIndex
            let key = String(assignment[..<equals])
            return ConfigurationFlag(key: key, name: "--set \(key)", value: String(assignment[equals...].dropFirst()))
        }
        return set
            + named.compactMap { key, name, value in value.map { ConfigurationFlag(key: key, name: name, value: $0) } }
    }

    /// The values of all settings.
    func values(
        of settings: [any SettingDeclaration], program: String
    ) throws(ConfigurationError) -> SettingValues {
        try reader(of: settings, program: program)()
    }

    /// Reads the configuration, each time anew.
    func reader<Definition: DaemonDefinition>(
        for definition: Definition.Type
    ) -> @Sendable () throws -> SharedConfiguration {
        let values = reader(of: Definition.Configuration.settings, program: Definition.name)
        // Values that are right one by one may still not go together.
        return { try Definition.Configuration(values()).shared }
    }

    private func reader(
        of settings: [any SettingDeclaration], program: String
    ) -> @Sendable () throws(ConfigurationError) -> SettingValues {
        { [flags, config] () throws(ConfigurationError) in
            try SettingValues(
                settings,
                from: .find(
                    name: program, flags: flags, file: config, environment: ProcessInfo.processInfo.environment,
                    workingDirectory: FileManager.default.currentDirectoryPath))
        }
    }

    /// The configuration that a daemon starts with.
    ///
    /// - Throws: `ExitCode` after everything that is wrong was printed.
    public func load<Definition: DaemonDefinition>(for definition: Definition.Type) throws -> Definition.Configuration {
        do throws(ConfigurationError) {
            return try Definition.Configuration(
                values(of: Definition.Configuration.settings, program: Definition.name))
        } catch {
            throw error.exit(program: Definition.name)
        }
    }
}

extension ConfigurationError {
    /// Prints each problem on a line of its own; the status is EX_CONFIG.
    func exit(program: String) -> ExitCode {
        for problem in problems { writeToStandardError(Array("\(program): \(problem)\n".utf8)) }
        return ExitCode(ExitStatus.configuration.rawValue)
    }
}
