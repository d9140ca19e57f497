import Glibc

/// Faults that the tests of the watchdog ask for, by the environment in which the daemon is started.
enum StallFault {
    /// The loop that stops for good where it next moves: `TRADEPOST_FAULT_STALL=order-writer-0`.
    static let stalledLoop = getenv("TRADEPOST_FAULT_STALL").map { String(cString: $0) }

    static func stall() {
        while true { pause() }
    }
}
