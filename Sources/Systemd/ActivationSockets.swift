import CLibsystemd

/// The listening sockets that systemd holds for the service (systemd.socket(5), sd_listen_fds(3)).
///
/// They outlive the service: what connects while it restarts waits in the kernel instead of being refused.
public enum ActivationSockets {
    /// Their descriptors; empty where systemd holds none. Whoever asks second gets none.
    public static func take() -> [Int32] {
        let count = sd_listen_fds(1)
        guard count > 0 else { return [] }
        return (0..<count).map { SD_LISTEN_FDS_START + $0 }
    }
}
