import Commerce
import Daemon
import Logging
import Postgres
import RabbitMQ
import ServiceLifecycle
import Threads

/// Takes order events from RabbitMQ and applies them to the customers' statistics.
///
/// It promises that an event takes effect exactly once: a delivery is acknowledged only after its effect is committed,
/// and what comes again finds its order known. It promises no order between events. A message that can't be applied is
/// parked with its reason, behind a confirm, and never holds up the others.
struct OrderEventConsumer: Service {
    struct Settings: Sendable {
        let database: ConnectionOptions
        let broker: BrokerOptions
        let topology: OrderTopology
        let currency: Currency
        /// Batches that are applied side by side.
        let workers: Int
        /// Messages that one transaction takes at most.
        let batchSize: Int
        /// Failures after which a message is parked.
        let maximumAttempts: Int
        /// How long stopping waits for the batches in hand.
        let drainTime: Duration
    }

    private let workers: [OrderEventWorker]
    private let stop: Interrupt
    private let abandon: Interrupt
    private let drainTime: Duration
    private let schema: Gate

    init(settings: Settings, pausePoint: PausePoint, chassis: Chassis) throws {
        let (stop, abandon) = (try Interrupt(), try Interrupt())
        let presence = ConsumerPresence(workers: settings.workers, health: chassis.health, metrics: chassis.metrics)
        workers = try (0..<settings.workers).map { number in
            try OrderEventWorker(
                number: number, settings: settings, pausePoint: pausePoint, stop: stop, abandon: abandon,
                presence: presence,
                metrics: ConsumerMetrics(chassis.metrics),
                // A transaction, and then what goes elsewhere: each has 15 and 30 seconds.
                pulse: chassis.liveness.loop("order-events-\(number)", patience: .seconds(60)), logger: chassis.logger)
        }
        self.stop = stop
        self.abandon = abandon
        drainTime = settings.drainTime
        schema = chassis.schema
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await schema.wait() }
        await withTaskGroup { group in
            for worker in workers {
                group.addTask { await worker.run() }
            }
            group.addTask {
                // Stop taking; what is in hand is finished, or given up when the time is over.
                try? await gracefulShutdown()
                stop.fire()
                try? await Task.sleep(for: drainTime)
                abandon.fire()
            }
            for _ in workers { await group.next() }
            group.cancelAll()
        }
    }
}
