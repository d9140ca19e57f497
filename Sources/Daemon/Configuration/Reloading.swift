import AdminChannel
import Logging

/// Reads the configuration anew while the daemon runs: what is wrong leaves everything as it is.
///
/// One at a time: who asks while another reads waits, and then reads what there is by then.
actor Reloading {
    private var values: SettingValues
    private let read: @Sendable () throws -> SettingValues
    private let apply: @Sendable (SettingValues) -> Void
    private let liveKeys: Set<String>
    private let logger: Logger

    /// - Parameters:
    ///   - read: Reads and validates everything.
    ///   - liveKeys: The settings that can change while the daemon runs.
    ///   - apply: Puts those into force.
    init(
        _ values: SettingValues, liveKeys: Set<String>, logger: Logger,
        read: @escaping @Sendable () throws -> SettingValues, apply: @escaping @Sendable (SettingValues) -> Void
    ) {
        self.values = values
        self.liveKeys = liveKeys
        self.logger = logger
        self.read = read
        self.apply = apply
    }

    /// A setting that has another value than before; secrets are masked.
    struct Change: Sendable {
        let key: String
        let before: String
        let now: String
        /// Whether it is in force already, or will be with the next start.
        let isLive: Bool
    }

    /// - Throws: ``AdminEnd`` with `wrong-state` and all that is wrong; the old settings stay in force then.
    func reload() throws -> [Change] {
        let new: SettingValues
        do {
            new = try read()
        } catch let error as ConfigurationError {
            for problem in error.problems {
                logger.error("The configuration was not reloaded", metadata: ["problem": "\(problem)"])
            }
            throw AdminEnd(
                .wrongState, "the old settings stay in force: " + error.problems.joined(separator: "; "))
        }
        let changes = zip(values.entries, new.entries).filter { !$0.hasValue(of: $1) }.map { old, new in
            Change(
                key: new.setting.key, before: old.shownText, now: new.shownText,
                isLive: liveKeys.contains(new.setting.key))
        }
        apply(new)
        values = new
        logger.notice("Configuration reloaded", metadata: ["changes": "\(changes.count)"])
        return changes
    }
}
