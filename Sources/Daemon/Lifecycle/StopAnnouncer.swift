import Logging
import ServiceLifecycle
import Systemd

/// Says that stopping has begun: to the log, to `/readyz`, to systemd, and to the clock that bounds it.
///
/// Last in the group, it is the first to learn of the shutdown.
struct StopAnnouncer: Service {
    let notifier: ServiceNotifier
    let health: Health
    let deadline: ShutdownDeadline
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        logger.info("stopping")
        health.setStopping()
        notifier.stopping(status: "stopping")
        deadline.begin()
    }
}
