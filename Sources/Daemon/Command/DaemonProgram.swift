import ArgumentParser

/// The command line of a daemon: `run` unless told otherwise, `check-config`, `migrate`, `--version`, `--help`.
///
struct DaemonProgram<Definition: DaemonDefinition>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        let name = Definition.name
        return CommandConfiguration(
            commandName: name, abstract: Definition.abstract,
            discussion: """
                Settings come from flags, the environment, $CREDENTIALS_DIRECTORY, /etc/tradepost/\(name).json, \
                .env in the working directory, and defaults, in this order.

                EXAMPLES
                  DB_HOST=db1 RABBITMQ_URL=amqp://shop:secret@mq1 \(name)
                  \(name) --port 8080 --log-level debug --set db.poolSize=16
                  \(name) check-config --config ./\(name).json
                """,
            version: tradepostVersion,
            subcommands: [
                RunCommand<Definition>.self, MigrateCommand<Definition>.self, CheckConfigCommand<Definition>.self,
            ] + Definition.commands,
            defaultSubcommand: RunCommand<Definition>.self)
    }
}

extension DaemonDefinition {
    /// Runs the program: reads the command line, does what it says, and exits.
    ///
    /// ```swift
    /// @main struct Main {
    ///     static func main() async { await ProductService.main() }
    /// }
    /// ```
    public static func main() async {
        await DaemonProgram<Self>.main()
    }
}

/// The version of the whole of Tradepost.
public let tradepostVersion = "0.1.0"
