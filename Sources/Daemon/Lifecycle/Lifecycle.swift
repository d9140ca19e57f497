import Glibc
import Logging
public import ServiceLifecycle
import Systemd
import UnixSignals

/// Runs the parts of a daemon together, from start to a bounded stop.
///
/// Services start in their order, the HTTP server last. On SIGTERM or SIGINT, or when one of them fails, they stop in
/// the opposite order: HTTP first, pools last. What has not stopped when the grace is over is cancelled, and if even that does
/// not end it, the process exits. systemd is told each step (sd_notify(3)).
public struct Lifecycle: Sendable {
    private let chassis: Chassis
    private let grace: Duration
    private let watched: [WatchedMetric]
    private let notifier = ServiceNotifier()

    /// - Parameter watched: What the status line says beside the state.
    public init(chassis: Chassis, grace: Duration, watched: [WatchedMetric] = []) {
        self.chassis = chassis
        self.watched = watched
        self.grace = grace
    }

    /// Returns after an orderly stop.
    ///
    /// - Throws: What the first service that failed threw, after the others have stopped.
    public func run(_ services: [any Service], http: HTTPServer) async throws {
        let logger = chassis.logger
        let deadline = try ShutdownDeadline(grace: grace + .seconds(5), logger: logger)
        let bound = chassis.startup.gate()
        let server = http.notifying { _ in bound.open() }
        let announcer = StopAnnouncer(
            notifier: notifier, health: chassis.health, deadline: deadline, logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: (services + [server, announcer]).map { service in
                .init(
                    service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger))
        configuration.maximumGracefulShutdownDuration = grace
        defer { deadline.meet() }
        try await withThrowingTaskGroup { [configuration] tasks in
            tasks.addTask {
                await Supervision(notifier: notifier, chassis: chassis, watched: watched).run()
            }
            tasks.addTask { try await ServiceGroup(configuration: configuration).run() }
            // The supervision runs for ever, so the first to end is the group.
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
        logger.info("stopped")
    }

    /// The group's own messages repeat ours.
    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}
