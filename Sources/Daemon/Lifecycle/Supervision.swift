import Logging
import Systemd

/// Keeps systemd informed for as long as the process lives: that it is ready, the watchdog, and the status line.
///
/// It runs beside the services and not among them, so that the watchdog is fed while they stop.
struct Supervision: Sendable {
    let notifier: ServiceNotifier
    let chassis: Chassis
    /// What the status line says beside the state.
    let watched: [WatchedMetric]

    /// Runs until it is cancelled.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await announce() }
            // That a task of ours runs at all is a sign of life, too: the cooperative pool is not blocked.
            group.addTask { await Watchdog(notifier: notifier) { isAlive }.run() }
            group.addTask { await keepStatus() }
        }
    }

    /// Says that the daemon is ready once it is; until then systemd is asked for patience.
    private func announce() async {
        await withTaskGroup { group in
            group.addTask {
                guard (try? await chassis.startup.finish()) != nil else { return }
                notifier.ready(status: chassis.health.summary)
            }
            group.addTask {
                while !Task.isCancelled {
                    notifier.extendTimeout(by: .seconds(30))
                    try? await Task.sleep(for: .seconds(5))
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private var isAlive: Bool {
        let wedged = chassis.liveness.wedged
        if wedged.isEmpty { return true }
        chassis.logger.critical(
            "A loop is wedged; systemd will restart the daemon",
            metadata: .kind(.loopWedged, ["loops": "\(wedged.joined(separator: ", "))"]))
        return false
    }

    private func keepStatus() async {
        var watch = MetricsWatch(watched, in: chassis.metrics)
        var shown = ""
        while !Task.isCancelled {
            let numbers = watch.next().filter { $0.value != 0 }.map { "\($0.title) \($0.value)" }
            let line = ([chassis.health.summary] + numbers).joined(separator: ", ")
            if line != shown { notifier.status(line) }
            shown = line
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }
}
