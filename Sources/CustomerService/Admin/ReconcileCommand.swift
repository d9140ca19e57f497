import AdminChannel
import Commerce
import Daemon
import FoundationEssentials
import Postgres

/// Compares what productd holds with what customerd has applied, and mends it.
struct ReconcileCommand: Sendable {
    let pool: PostgresPool
    let currency: Currency
    /// productd's admin socket.
    let productdSocket: String

    var command: AdminCommand {
        AdminCommand(
            "reconcile", role: .operator,
            "Compare productd's orders with those applied here, and the statistics with both.",
            [
                .flag("repair", "Have productd publish what is missing again, and compute wrong statistics anew."),
                .option("from", "Only orders made from this time on (RFC 3339).", as: "TIME"),
                .option("to", "Only orders made before this time.", as: "TIME"),
                .option("settle", "Seconds that orders under way are given to arrive (10).", as: "SECONDS"),
                .option("limit", "How many differences are shown at most (1000).", as: "N"),
                .option("reason", "Why; kept in the audit.", as: "TEXT"),
            ], examples: ["reconcile", "reconcile --repair --from 2026-11-23T00:00:00Z"], isMutation: true
        ) { call, reply in
            guard let range = OrderRange(from: try call.time("from"), to: try call.time("to")) else {
                throw AdminEnd(.usage, "from is not before to")
            }
            let settling = Duration.seconds(try call.integer("settle", in: 0...3_600, otherwise: 10))
            let limit = try call.integer("limit", in: 1...50_000, otherwise: 1_000)
            let reconciliation = Reconciliation(
                productd: try ProductdOrders(path: productdSocket), projection: ProjectionDigest(pool: pool))
            var findings = try await reconciliation.compare(range == .all ? nil : range) { done, total in
                try await reply.progress(done, of: total, "stretches of orders")
            }
            findings = try await settle(findings, by: reconciliation, within: settling, reply)
            let found = findings.differences
            let mendable = found.filter { $0.kind != .unknown }.map(\.id)
            if call.has("repair"), !mendable.isEmpty {
                for start in stride(from: 0, to: mendable.count, by: 500) {
                    let ids = Array(mendable[start..<min(start + 500, mendable.count)])
                    try await reconciliation.productd.replay(ids)
                    try await reply.progress(start + ids.count, of: mendable.count, "orders published again")
                }
                findings = try await settle(findings, by: reconciliation, within: .seconds(60), reply)
            }
            let left = Set(findings.differences.map(\.id))
            for difference in found.prefix(limit) {
                try await reply.row { $0.members(of: difference, isMended: !left.contains(difference.id), currency) }
            }
            let statistics = try await checkStatistics(repairing: call.has("repair"), limit, reply)
            return try Self.end(found.count, left.count, statistics, findings)
        }
    }

    /// Looks again until nothing is under way any more, or the time is over.
    private func settle(
        _ findings: Reconciliation.Findings, by reconciliation: Reconciliation, within time: Duration,
        _ reply: any AdminReply
    ) async throws -> Reconciliation.Findings {
        var findings = findings
        let deadline = ContinuousClock.now + time
        let most = findings.unsettled
        while !findings.isSettled, ContinuousClock.now < deadline {
            try await reply.progress(most - findings.unsettled, of: most, "orders that may be under way")
            try await Task.sleep(for: .milliseconds(500))
            findings = try await reconciliation.compareAgain(findings)
        }
        return findings
    }

    /// - Returns: How many customers' sums were wrong, and how many of them still are.
    private func checkStatistics(
        repairing: Bool, _ limit: Int, _ reply: any AdminReply
    ) async throws -> (wrong: Int, left: Int) {
        let statistics = StatisticsRebuild(pool: pool)
        let total = try await statistics.count()
        var (done, wrong, shown) = (0, 0, 0)
        var customers = try await statistics.customers(after: nil)
        while let last = customers.last {
            let differences = try await statistics.differences(among: customers)
            if repairing, !differences.isEmpty { _ = try await statistics.rebuild(differences.map(\.customer)) }
            wrong += differences.count
            for difference in differences.prefix(max(0, limit - shown)) {
                try await reply.row { $0.members(of: difference, isMended: repairing, currency) }
            }
            shown += differences.count
            done += customers.count
            try await reply.progress(done, of: max(done, total), "customers' statistics")
            customers = try await statistics.customers(after: last)
        }
        return (wrong, repairing ? 0 : wrong)
    }

    private static func end(
        _ found: Int, _ left: Int, _ statistics: (wrong: Int, left: Int), _ findings: Reconciliation.Findings
    ) throws(AdminEnd) -> AdminEnd {
        var text = "\(findings.orders) orders of productd compared: "
        text += found == 0 ? "all are here" : "\(found) differ, \(found - left) mended"
        text +=
            statistics.wrong == 0 ? "; the statistics are right" : "; \(statistics.wrong) customers' statistics wrong"
        if statistics.wrong > 0 { text += ", \(statistics.wrong - statistics.left) mended" }
        if !findings.waiting.isEmpty { text += "; \(findings.waiting.count) orders are still on their way" }
        guard left == 0, statistics.left == 0 else {
            throw AdminEnd(.failed, text + (found - left > 0 ? "" : "; --repair mends what can be"))
        }
        return .ok(text)
    }
}

extension JSONWriter {
    fileprivate mutating func members(of difference: Reconciliation.Difference, isMended: Bool, _ currency: Currency) {
        name("kind")
        string(difference.kind.rawValue)
        name("orderId")
        string(difference.id.uuidString.lowercased())
        name("customerId")
        string((difference.inProductd ?? difference.inProjection)?.customer ?? "")
        name("inProductd")
        nullable(difference.inProductd.map { Self.words($0, currency) })
        name("here")
        nullable(difference.inProjection.map { Self.words($0, currency) })
        name("mended")
        bool(isMended)
    }

    fileprivate mutating func members(of difference: StatisticsRebuild.Difference, isMended: Bool, _ currency: Currency)
    {
        name("kind")
        string("statistics")
        name("orderId")
        null()
        name("customerId")
        string(difference.customer)
        name("inProductd")
        nullable(Self.words(difference.computed, currency))
        name("here")
        nullable(Self.words(difference.kept, currency))
        name("mended")
        bool(isMended)
    }

    private static func words(_ order: ComparedOrder, _ currency: Currency) -> String {
        "\(Money(minorUnits: order.totalMinor, currency: currency))" + (order.isCancelled ? ", cancelled" : "")
            + ", customer \(order.customer)"
    }

    private static func words(_ sums: StatisticsRebuild.Sums, _ currency: Currency) -> String {
        "\(sums.orders) orders, \(Money(minorUnits: sums.spentMinor, currency: currency)), \(sums.cancelled) cancelled"
    }
}
