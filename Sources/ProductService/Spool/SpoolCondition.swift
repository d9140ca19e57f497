import Daemon
import Logging
import Synchronization

/// What keeps the spool from its work, as `/readyz` shows it, and whether files may be claimed.
///
/// Nothing is dropped for any of these reasons: files wait where they are.
final class SpoolCondition: Sendable {
    /// Who sees a trouble, and later sees that it is over.
    enum Cause: String, Sendable, CaseIterable {
        case directory, space, outbox, files, database, held
    }

    private let troubles = Mutex<[Cause: String]>([:])
    private let health: Health
    private let logger: Logger

    init(on chassis: Chassis) {
        health = chassis.health
        logger = chassis.logger
        health.set("spool", .degraded("not opened yet"))
    }

    /// Whether a file may be taken out of its drop directory: not while there is no room for it or for what comes of it.
    var mayClaim: Bool {
        stops.isEmpty
    }

    /// All that keeps files from being claimed.
    var stops: [String] {
        troubles.withLock { troubles in
            [Cause.directory, .space, .outbox, .database].compactMap { troubles[$0] }
        }
    }

    /// - Parameter trouble: What is wrong and what to do; `nil` when it is over.
    func note(_ cause: Cause, _ trouble: String?) {
        let (before, worst) = troubles.withLock { troubles in
            let before = troubles[cause]
            troubles[cause] = trouble
            return (before, Cause.allCases.compactMap { troubles[$0] }.first)
        }
        health.set("spool", worst.map { .degraded($0) } ?? .up)
        // Once as it begins and once as it ends, however often it is met in between.
        if let trouble, before == nil {
            logger.warning("The spool is in trouble", metadata: ["cause": "\(cause.rawValue)", "reason": "\(trouble)"])
        } else if trouble == nil, before != nil {
            logger.info("The spool is out of trouble", metadata: ["cause": "\(cause.rawValue)"])
        }
    }
}
