import ArgumentParser

/// What the spool's speed is compared with: the same SQL fed by a bare loop, and the same file operations without orders.
@main
struct Reference: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spool-reference", abstract: "What the spool's benchmark compares with.",
        subcommands: [Generate.self, Transactions.self, FilesAlone.self])
}
