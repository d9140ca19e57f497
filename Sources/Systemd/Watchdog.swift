/// Tells systemd at half the interval it asks for that the service lives, as long as it does.
///
/// Whether it lives is asked each time: a daemon whose work has come to a halt lets the watchdog expire, and systemd
/// restarts it.
public struct Watchdog: Sendable {
    private let notifier: ServiceNotifier
    private let isAlive: @Sendable () async -> Bool

    public init(notifier: ServiceNotifier = ServiceNotifier(), isAlive: @escaping @Sendable () async -> Bool) {
        self.notifier = notifier
        self.isAlive = isAlive
    }

    /// Runs until its task is cancelled; returns at once if systemd asks for no watchdog.
    public func run() async {
        guard let interval = notifier.watchdogInterval else { return }
        while !Task.isCancelled {
            if await isAlive() { notifier.watchdog() }
            do { try await Task.sleep(for: interval / 2) } catch { return }
        }
    }
}
