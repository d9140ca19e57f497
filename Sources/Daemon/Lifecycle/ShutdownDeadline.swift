import Glibc
import Logging
import Threads

/// Ends the process when stopping takes too long.
///
/// It waits on a thread of its own, since what hangs may be the threads that everything else runs on.
final class ShutdownDeadline: Sendable {
    private let met: Interrupt
    private let enforcer: Enforcer

    init(grace: Duration, logger: Logger) throws {
        met = try Interrupt()
        enforcer = try Enforcer(grace: grace, met: met, logger: logger)
    }

    /// The clock starts.
    func begin() {
        // Deliberately outside every scope: it must run on when all of them hang, and ends with the process.
        Task { [enforcer] in await enforcer.wait() }
    }

    /// The stop has come to its end.
    func meet() {
        met.fire()
    }

    private actor Enforcer {
        private let executor: ThreadExecutor
        private let grace: Duration
        private let met: Interrupt
        private let logger: Logger

        init(grace: Duration, met: Interrupt, logger: Logger) throws {
            executor = try ThreadExecutor(name: "stop-deadline")
            self.grace = grace
            self.met = met
            self.logger = logger
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func wait() {
            guard !met.wait(atMost: grace) else { return }
            logger.critical("stopping took too long, exiting now", metadata: ["after_s": "\(grace.inSeconds)"])
            _exit(ExitStatus.failure.rawValue)
        }
    }
}
