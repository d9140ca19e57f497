import Daemon
import Synchronization

/// How the workers are doing together, as `/readyz` shows it.
///
/// A broker that is away is no reason to send requests elsewhere, so `rabbitmq` is at worst degraded; so is `orderEvents`,
/// which says that events can't be applied at the moment.
final class ConsumerPresence: Sendable {
    private struct Troubles {
        var broker: [Int: String] = [:]
        var database: [Int: String] = [:]
    }

    private let troubles: Mutex<Troubles>
    private let health: Health

    init(workers: Int, health: Health, metrics: PrometheusMetrics) {
        let starting = Dictionary(uniqueKeysWithValues: (0..<workers).map { ($0, DependencyState.untried) })
        troubles = Mutex(Troubles(broker: starting))
        self.health = health
        health.set("rabbitmq", .degraded(DependencyState.untried))
        health.set("orderEvents", .up)
        metrics.observe("order_event_workers_connected", help: "Workers that are consuming.") { [weak self] in
            Double(workers - (self?.troubles.withLock { $0.broker.count } ?? workers))
        }
    }

    /// - Returns: Whether that is news.
    @discardableResult
    func broker(_ trouble: String?, worker: Int) -> Bool {
        report(trouble, worker, "rabbitmq", \.broker)
    }

    /// - Returns: Whether that is news.
    func database(_ trouble: String?, worker: Int) -> Bool {
        report(trouble, worker, "orderEvents", \.database)
    }

    private func report(
        _ trouble: String?, _ worker: Int, _ dependency: String,
        _ path: WritableKeyPath<Troubles, [Int: String]>
    ) -> Bool {
        troubles.withLock { troubles in
            let isNews = troubles[keyPath: path][worker] != trouble
            troubles[keyPath: path][worker] = trouble
            let worst = troubles[keyPath: path].min { $0.key < $1.key }?.value
            health.set(dependency, worst.map { .degraded($0) } ?? .up)
            return isNews
        }
    }
}
