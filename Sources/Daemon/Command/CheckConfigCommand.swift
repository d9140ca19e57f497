import ArgumentParser

/// Prints every setting with its value and where that came from, secrets masked.
struct CheckConfigCommand<Definition: DaemonDefinition>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "check-config", abstract: "Print every setting, its value and where it came from.")
    }

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print the table of all settings instead, as the README has it.")
    var table = false

    func run() async throws {
        let settings = Definition.Configuration.settings
        if table {
            print(settings.readmeTable)
            return
        }
        do throws(ConfigurationError) {
            let values = try options.values(of: settings, program: Definition.name)
            print(values.listing, terminator: "")
            _ = try Definition.Configuration(values)
        } catch {
            throw error.exit(program: Definition.name)
        }
    }
}
