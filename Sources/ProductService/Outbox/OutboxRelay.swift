import Daemon
import Postgres
import RabbitMQ
import ServiceLifecycle
import Threads

/// Brings the outbox's events to the broker: claim, publish, await the confirms, delete.
///
/// It promises that an event leaves at least once: its row goes only after the broker's confirm, in the transaction that
/// claimed it. It does not promise an order between events, nor that an event leaves only once.
struct OutboxRelay: Service {
    struct Settings: Sendable {
        let database: ConnectionOptions
        let broker: BrokerOptions
        let topology: OrderTopology
        /// How many claims may be under way at a time.
        let lanes: Int
        /// How many events one claim takes.
        let maximumBatch: Int
        /// How long a batch's confirms may take before the broker's connection is given up.
        let confirmDeadline: Duration
        /// How much time passes at least between a lane's claim that took less than it could and its next.
        let gatherTime = Duration.milliseconds(5)
        /// How often the outbox is looked at when nobody says that something came in.
        let pollInterval: Duration
        /// How long stopping goes on publishing what is there.
        let drainTime: Duration
        /// Whether it is kept when which event was published.
        let keepsHistory: Bool
    }

    private let lanes: [OutboxRelayLane]
    private let alarm: RelayAlarm
    private let interrupt: Interrupt
    private let drainTime: Duration

    init(settings: Settings, alarm: RelayAlarm, pausePoint: PausePoint, on chassis: Chassis) throws {
        let interrupt = try Interrupt()
        lanes = try (0..<settings.lanes).map {
            try OutboxRelayLane(
                number: $0, settings: settings, alarm: alarm, pausePoint: pausePoint, interrupt: interrupt, on: chassis)
        }
        self.alarm = alarm
        self.interrupt = interrupt
        drainTime = settings.drainTime
    }

    func run() async throws {
        await withTaskGroup { group in
            for lane in lanes {
                group.addTask { await lane.run() }
            }
            group.addTask {
                try? await gracefulShutdown()
                alarm.drain()
                try? await Task.sleep(for: drainTime)
                interrupt.fire()
            }
            for _ in lanes { await group.next() }
            group.cancelAll()
        }
    }
}
