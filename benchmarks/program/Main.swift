import ArgumentParser

/// What the benchmark cases run beside the daemons: the loads, and the bare loops that the daemons are compared with.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tradepost-bench", abstract: "What the cases of the benchmark run beside the daemons.",
        subcommands: [
            Generate.self, Events.self, Transactions.self, Projections.self, FilesAlone.self, Echo.self, Offer.self,
            Fetch.self, AwaitMetric.self,
        ])
}
