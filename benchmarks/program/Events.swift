import ArgumentParser
import Commerce
import FoundationEssentials

/// The bodies of events, which `broker-loop publish` sends.
struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the events of orders, one a line.")

    @Option(help: "How many events.") var count = 200_000
    @Option(help: "How many customers take turns.") var customers = 5_000

    func run() throws {
        let sample = SampleOrders(customers: customers)
        let now = Date.wholeMilliseconds
        for order in 0..<count { print(sample.accepted(order, at: now).event) }
    }
}
