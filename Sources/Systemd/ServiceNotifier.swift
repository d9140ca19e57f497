import CLibsystemd
import Glibc

/// Tells systemd how the service is doing (sd_notify(3)).
///
/// Every message goes out at once as one datagram to the socket that `NOTIFY_SOCKET` names. Outside systemd there is no
/// such socket and every call does nothing.
public struct ServiceNotifier: Sendable {
    /// A supervisor that is gone does no harm; one that lives and doesn't read holds up who tells it something.
    public init() {}

    /// Whether somebody listens.
    public var isSupervised: Bool { getenv("NOTIFY_SOCKET") != nil }

    /// Start-up is finished.
    ///
    /// - Parameter status: The line that `systemctl status` shows.
    public func ready(status: String? = nil) {
        send("READY=1" + (status.map { "\nSTATUS=" + oneLine($0) } ?? ""))
    }

    /// The configuration is being read anew; ``ready(status:)`` must follow, also when nothing comes of it.
    public func reloading() {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        send("RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)")
    }

    /// Starting takes longer: systemd should wait so much more from now on.
    public func extendTimeout(by duration: Duration) {
        send("EXTEND_TIMEOUT_USEC=\(Int64(duration / .microseconds(1)))")
    }

    /// The line that `systemctl status` shows.
    public func status(_ line: String) {
        send("STATUS=" + oneLine(line))
    }

    /// Shutting down has begun.
    public func stopping(status: String? = nil) {
        send("STOPPING=1" + (status.map { "\nSTATUS=" + oneLine($0) } ?? ""))
    }

    /// The service still lives (`WatchdogSec=`).
    public func watchdog() {
        send("WATCHDOG=1")
    }

    /// How often systemd wants to hear that the service lives; `nil` if it doesn't ask (sd_watchdog_enabled(3)).
    public var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0, microseconds > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }

    private func send(_ state: String) {
        sd_notify(0, state)
    }

    /// A line break would begin another assignment.
    private func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
