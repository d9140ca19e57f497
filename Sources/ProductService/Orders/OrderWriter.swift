import Commerce
import Daemon
import Postgres
import ServiceLifecycle
import Threads

/// Writes accepted orders to the disk: group commit, by several lanes side by side.
///
/// It promises that an outcome is told only after COMMIT, and that every submitted order gets exactly one outcome, also
/// when the database goes away in the middle or the daemon is told to stop. It does not validate and does not publish.
struct OrderWriter: Service {
    struct Settings: Sendable {
        let database: ConnectionOptions
        let currency: Currency
        /// How many batches may be under way at a time.
        let lanes: Int
        /// How many orders one transaction takes.
        let maximumBatch: Int
        /// How long one batch may take before its connection is given up.
        let deadline: Duration
        /// How often a batch that failed for no fault of its own is written again.
        let maximumAttempts = 4
        /// How long stopping waits for what was handed in.
        let drainTime: Duration
    }

    private let queue: OrderQueue
    private let lanes: [OrderWriterLane]
    private let interrupt: Interrupt
    private let drainTime: Duration

    /// - Parameter outboxFilled: Called, on a lane's thread, after each batch that was committed.
    init(
        queue: OrderQueue, settings: Settings, on chassis: Chassis,
        outboxFilled: @escaping @Sendable () -> Void
    ) throws {
        let interrupt = try Interrupt()
        let presence = LanePresence(health: chassis.health)
        let metrics = OrderWriterMetrics(chassis.metrics)
        // Instances on one database begin at different shards, so that their lanes rarely meet on one row.
        let firstShard = Int.random(in: 0..<64)
        lanes = try (0..<settings.lanes).map {
            try OrderWriterLane(
                number: $0, counterShard: Int16((firstShard + $0) % 64), queue: queue, settings: settings,
                presence: presence, metrics: metrics,
                schema: chassis.schema, interrupt: interrupt, outboxFilled: outboxFilled,
                pulse: chassis.liveness.loop("order-writer-\($0)", patience: settings.deadline * 2 + .seconds(10)),
                logger: chassis.logger)
        }
        self.queue = queue
        self.interrupt = interrupt
        drainTime = settings.drainTime
    }

    func run() async throws {
        await withTaskGroup { group in
            for lane in lanes {
                group.addTask { await lane.run() }
            }
            group.addTask { await interruptAfterDrainTime() }
            for _ in lanes { await group.next() }
            group.cancelAll()
        }
    }

    /// Once told to stop: no more orders, time for those that are in, then an end to every wait.
    private func interruptAfterDrainTime() async {
        try? await gracefulShutdown()
        queue.close()
        try? await Task.sleep(for: drainTime)
        interrupt.fire()
        queue.refuseWaiting(.stopping)
    }
}
