import Logging
import Systemd

/// Keeps systemd informed for as long as the process lives: the watchdog and the status line.
///
/// It runs beside the services and not among them, so that the watchdog is fed while they stop.
struct Supervision: Sendable {
    let notifier: ServiceNotifier
    let health: Health
    let liveness: Liveness
    let logger: Logger

    /// Runs until it is cancelled.
    func run() async {
        await withTaskGroup { group in
            // That a task of ours runs at all is a sign of life, too: the cooperative pool is not blocked.
            group.addTask { [notifier] in await Watchdog(notifier: notifier) { moves }.run() }
            group.addTask { await keepStatus() }
        }
    }

    private var moves: Bool {
        let wedged = liveness.wedged
        if wedged.isEmpty { return true }
        logger.critical(
            "A loop is wedged; systemd will restart the daemon",
            metadata: ["loops": "\(wedged.joined(separator: ", "))"])
        return false
    }

    private func keepStatus() async {
        var shown = ""
        while !Task.isCancelled {
            let summary = health.summary
            if summary != shown { notifier.status(summary) }
            shown = summary
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
    }
}
