/// Why the daemon cannot start or go on, as one line for the person who has to help it.
public struct DaemonFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
    public let exitStatus: ExitStatus

    public init(_ description: String, exitStatus: ExitStatus = .failure) {
        self.description = description
        self.exitStatus = exitStatus
    }
}

/// What the process tells its supervisor when it ends (sysexits.h).
public enum ExitStatus: Int32, Sendable {
    case success = 0
    case failure = 1
    /// EX_TEMPFAIL: the same again may work later.
    case tryAgain = 75
    /// EX_CONFIG: it will not, until somebody changes something. Units don't restart on it.
    case configuration = 78
}
