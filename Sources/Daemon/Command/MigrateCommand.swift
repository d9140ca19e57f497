import ArgumentParser
import Logging
import Postgres
import Threads

/// Brings the database's tables up to date, and ends.
struct MigrateCommand<Definition: DaemonDefinition>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "migrate", abstract: "Bring the database's tables up to date, or see whether they are.",
            discussion: """
                Exit status: 0 up to date, 1 migrations are missing (--check) or failed, 75 the database cannot be \
                reached, 78 the database is newer than this program, or the configuration is wrong.
                """)
    }

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Change nothing; list what is missing, and exit with 1 if anything is.")
    var check = false

    func run() async throws {
        let shared = try options.load(for: Definition.self).shared
        let logger = LogOutput.bootstrap(program: Definition.name, shared.log)
        do {
            let keeper = try SchemaKeeper(
                Definition.migrations, options: shared.database.options(for: Definition.name), interrupt: Interrupt(),
                logger: logger)
            let migrations = check ? try await keeper.pending() : try await keeper.migrate()
            for migration in migrations {
                print("\(check ? "missing" : "applied") \(migration.version): \(migration.name)")
            }
            if migrations.isEmpty { print("up to date") }
            if check, !migrations.isEmpty { throw ExitCode(ExitStatus.failure.rawValue) }
        } catch let error as PostgresError {
            writeToStandardError(Array("\(Definition.name): \(error)\n".utf8))
            let status: ExitStatus =
                error.isSchemaMismatch
                ? .configuration
                : error.isTransient || error.code == .connectFailed ? .tryAgain : .failure
            throw ExitCode(status.rawValue)
        }
    }
}
