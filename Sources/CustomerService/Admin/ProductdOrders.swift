import AdminChannel
import Commerce
import Daemon
import FoundationEssentials

/// productd's side of the comparison.
struct ProductdOrders: Sendable {
    private let productd: OtherDaemon

    /// - Parameter path: productd's admin socket. customerd's user must be at least `operator` there to repair.
    init(path: String) throws {
        productd = try OtherDaemon(
            "productd", at: path, setting: "PRODUCTD_ADMIN_SOCKET", timeout: .seconds(120))
    }

    /// What productd's orders come to, by stretches.
    ///
    /// - Parameter range: `nil` for all that there are; the stretches then go from the first order to the last.
    /// - Throws: ``AdminEnd``.
    func digests(of range: OrderRange?, parts: Int) async throws -> [(range: OrderRange, digest: OrderDigest)] {
        var digests: [(OrderRange, OrderDigest)] = []
        for row in try await productd.ask("orders digest --parts \(parts)" + Self.bounds(range)) {
            guard let from = row.uuid("from"), let through = row.uuid("through"),
                let range = OrderRange(from: from, through: through), let orders = row.integer("orders"),
                let total = row.integer("totalMinor"), case .string(let hash)? = row["hash"]
            else { throw Self.unreadable }
            digests.append((range, OrderDigest(orders: orders, totalMinor: total, hash: hash)))
        }
        return digests
    }

    /// productd's orders of a stretch.
    func orders(in range: OrderRange, limit: Int) async throws -> [UUID: ComparedOrder] {
        var orders: [UUID: ComparedOrder] = [:]
        for row in try await productd.ask("orders list --limit \(limit)" + Self.bounds(range)) {
            guard let id = row.uuid("id"), case .string(let customer)? = row["customerId"],
                let total = row.integer("totalMinor"), case .bool(let isCancelled)? = row["cancelled"],
                case .bool(let waits)? = row["eventWaits"]
            else { throw Self.unreadable }
            orders[id] = ComparedOrder(
                customer: customer, totalMinor: total, isCancelled: isCancelled, eventWaits: waits)
        }
        return orders
    }

    /// Has productd publish the events of these orders again.
    func replay(_ ids: [UUID]) async throws {
        let list = ids.map { $0.uuidString.lowercased() }.joined(separator: ",")
        _ = try await productd.ask("orders replay --ids \(list)")
    }

    private static func bounds(_ range: OrderRange?) -> String {
        guard let range else { return "" }
        return " --from \(range.lowest) --through \(range.highest)"
    }

    private static let unreadable = AdminEnd(
        .failed, "productd's answer is not what is expected; is it another version?")
}

/// What the two databases must agree on of an order.
struct ComparedOrder: Sendable, Hashable {
    let customer: String
    let totalMinor: Int64
    let isCancelled: Bool
    /// Whether an event of it still waits in productd's outbox: what it tells is not missing yet.
    var eventWaits = false

    func agrees(with other: ComparedOrder) -> Bool {
        customer == other.customer && totalMinor == other.totalMinor && isCancelled == other.isCancelled
    }
}

extension JSON {
    fileprivate func uuid(_ name: String) -> UUID? {
        guard case .string(let text)? = self[name] else { return nil }
        return UUID(uuidString: text)
    }

    fileprivate func integer(_ name: String) -> Int64? {
        guard case .number(let digits)? = self[name] else { return nil }
        return Int64(digits)
    }
}
