import AdminChannel
import Commerce
import Glibc
import Logging

/// What an operator can do to the daemon itself.
struct ControlCommands: Sendable {
    let threshold: LogThreshold
    let reloading: Reloading

    var all: [AdminCommand] { [logLevel, reload, shutdown] }

    private var logLevel: AdminCommand {
        AdminCommand(
            "log-level", role: .operator, "Log more, or less, for a while.",
            [
                .argument(
                    "level", "trace, debug, info, notice, warning, error or critical.",
                    values: .oneOf(Logger.Level.allCases.map(\.rawValue))),
                .option("for", "How long: 30s, 10m, 2h (15m).", as: "TIME"),
            ], examples: ["log-level debug --for 15m"], isMutation: true
        ) { call, _ in
            guard let level = Logger.Level(rawValue: call["level"] ?? "") else {
                let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                throw AdminEnd(.usage, "level must be one of \(levels)")
            }
            let duration =
                try call.duration("for", in: .seconds(1)...(.seconds(86_400))) ?? .seconds(15 * 60)
            threshold.set(level, for: duration)
            return .ok("logging \(level.rawValue) and worse for \(duration.settingText)")
        }
    }

    private var reload: AdminCommand {
        AdminCommand(
            "reload", role: .admin, "Read the configuration anew, all of it or nothing.",
            [.flag("wait", "Return when the new settings are in force; it always does.")], examples: ["reload --wait"],
            isMutation: true
        ) { call, reply in
            let changes = try await reloading.reload()
            for change in changes {
                try await reply.row { json in
                    json.name("key")
                    json.string(change.key)
                    json.name("before")
                    json.string(change.before)
                    json.name("now")
                    json.string(change.now)
                    json.name("takesEffect")
                    json.string(change.effect.rawValue)
                }
            }
            let waiting = changes.count { $0.effect == .withRestart }
            return .ok(
                changes.isEmpty
                    ? "nothing has changed"
                    : "\(changes.count - waiting) settings are in force, \(waiting) take effect with a restart")
        }
    }

    private var shutdown: AdminCommand {
        AdminCommand(
            "shutdown", role: .admin, "Stop in an orderly way, as on SIGTERM.",
            [.option("reason", "Why; kept in the audit.", as: "TEXT")], examples: ["shutdown --reason \"new kernel\""],
            isMutation: true
        ) { _, _ in
            kill(getpid(), SIGTERM)
            return .ok("stopping")
        }
    }
}
