import AdminChannel
import Commerce
import Daemon

/// How the consumption of order events is doing.
struct ConsumerStatusCommand: Sendable {
    let topology: OrderTopology
    let workers: Int
    let prefetch: Int
    let pausePoint: PausePoint
    let chassis: Chassis

    var command: AdminCommand {
        AdminCommand("consumer status", role: .viewer, "Whether events are taken from RabbitMQ, and applied.") {
            _, reply in
            let samples = chassis.metrics.samples()
            func sum(_ series: String) -> Int {
                samples.filter { $0.series.hasPrefix(series) }.reduce(0) { $0 + Int($1.value) }
            }
            try await reply.row { json in
                json.name("queues")
                json.string(topology.queues.joined(separator: ", "))
                json.name("workers")
                json.integer(workers)
                json.name("connected")
                json.integer(sum("order_event_workers_connected"))
                json.name("prefetch")
                json.integer(prefetch)
                json.name("applied")
                json.integer(sum(#"order_events_total{outcome="applied"}"#))
                json.name("duplicates")
                json.integer(sum(#"order_events_total{outcome="duplicate"}"#))
                json.name("parked")
                json.integer(sum("order_events_parked_total"))
                json.name("lagSeconds")
                json.integer(sum("order_event_lag_seconds"))
                json.name("paused")
                json.bool(pausePoint.isPaused)
                json.name("rabbitmq")
                json.string(chassis.health["rabbitmq"]?.words ?? "")
                json.name("database")
                json.string(chassis.health["orderEvents"]?.words ?? "")
            }
            return .ok()
        }
    }
}

extension DependencyState {
    fileprivate var words: String {
        switch self {
        case .up: "up"
        case .degraded(let reason): "degraded: \(reason)"
        case .down(let reason): "down: \(reason)"
        }
    }
}
