import AdminChannel
import Commerce
import FoundationEssentials

/// Finds where productd's orders and customerd's differ.
///
/// Both sides add their orders up by stretches of ids. Where the sums agree nothing more is asked; a stretch where they
/// don't is cut up, until it is short enough to be compared order by order. The cost is one reading of both tables, and a
/// little for each difference.
struct Reconciliation: Sendable {
    let productd: ProductdOrders
    let projection: ProjectionDigest

    /// Stretches that are asked for at a time.
    private static let parts = 64
    /// Stretches with so many orders at most are compared order by order.
    private static let shortEnough: Int64 = 2_000
    /// More orders than this in one stretch that can't be cut any more, or differences in all, are too many.
    static let most = 50_000

    struct Difference: Sendable, Hashable {
        enum Kind: String, Sendable {
            /// productd has it, and customerd was never told.
            case missing
            /// customerd has it, and productd doesn't.
            case unknown
            /// Both have it, and disagree.
            case different
        }

        let id: UUID
        let kind: Kind
        let inProductd: ComparedOrder?
        let inProjection: ComparedOrder?
    }

    /// What was found: the differences, and the stretches that they are in.
    struct Findings: Sendable {
        var differences: [Difference] = []
        var stretches: [OrderRange] = []
        var orders: Int64 = 0
        /// Orders whose events were still in productd's outbox: they are not counted as differences.
        var waiting: Set<UUID> = []

        /// How many orders are to be looked at again.
        var unsettled: Int { differences.count + waiting.count }
        var isSettled: Bool { unsettled == 0 }
    }

    /// Compares all orders of a stretch.
    ///
    /// - Parameter progress: Is told how many of the first stretches are done.
    func compare(
        _ range: OrderRange?, progress: (_ done: Int, _ of: Int) async throws -> Void
    ) async throws -> Findings {
        var findings = Findings()
        var first = try await productd.digests(of: range, parts: 256)
        if range == nil {
            // What customerd has before productd's first order, and behind its last, must be seen as well.
            first = Self.stretched(first)
        }
        for (index, part) in first.enumerated() {
            findings.orders += part.digest.orders
            var open = [part]
            while let (range, theirs) = open.popLast() {
                let ours = try await projection.digest(of: range)
                if ours == theirs { continue }
                if max(ours.orders, theirs.orders) <= Self.shortEnough || range.first == range.last {
                    try await compareOrders(in: range, &findings)
                    findings.stretches.append(range)
                } else {
                    open += try await productd.digests(of: range, parts: Self.parts)
                }
            }
            try await progress(index + 1, first.count)
        }
        return findings
    }

    /// Looks again at the orders that differed or were waiting. What has come since then is on its way, and no finding.
    func compareAgain(_ findings: Findings) async throws -> Findings {
        var again = Findings(stretches: findings.stretches, orders: findings.orders)
        for range in findings.stretches { try await compareOrders(in: range, &again) }
        let known = findings.waiting.union(findings.differences.map(\.id))
        again.differences.removeAll { !known.contains($0.id) }
        again.waiting.formIntersection(known)
        return again
    }

    private func compareOrders(in range: OrderRange, _ findings: inout Findings) async throws {
        // productd's first: what comes in between is then in both, or in the second only and known to be new.
        let theirs = try await productd.orders(in: range, limit: Self.most + 1)
        let ours = try await projection.orders(in: range, limit: Self.most + 1)
        guard theirs.count <= Self.most, ours.count <= Self.most else {
            throw AdminEnd(.failed, "more than \(Self.most) orders have ids of one stretch that can't be divided")
        }
        for (id, order) in theirs.sorted(by: { $0.key.uuidString < $1.key.uuidString }) {
            let known = ours[id]
            if let known, known.agrees(with: order) { continue }
            if order.eventWaits {
                findings.waiting.insert(id)
            } else {
                findings.differences.append(
                    Difference(
                        id: id, kind: known == nil ? .missing : .different, inProductd: order, inProjection: known))
            }
        }
        for (id, order) in ours where theirs[id] == nil {
            findings.differences.append(Difference(id: id, kind: .unknown, inProductd: nil, inProjection: order))
        }
        guard findings.differences.count <= Self.most else {
            throw AdminEnd(.failed, "more than \(Self.most) orders differ: narrow it down with --from and --to")
        }
    }

    private static func stretched(
        _ parts: [(range: OrderRange, digest: OrderDigest)]
    ) -> [(range: OrderRange, digest: OrderDigest)] {
        guard let first = parts.first, let last = parts.last else { return [(.all, .none)] }
        if parts.count == 1 { return [(.all, first.digest)] }
        var parts = parts
        parts[0].range = OrderRange(first: 0, last: first.range.last)
        parts[parts.count - 1].range = OrderRange(first: last.range.first, last: .max)
        return parts
    }
}
