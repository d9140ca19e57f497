import AdminChannel
import Commerce
import FoundationEssentials
import Glibc

/// What a daemon says of itself: its version, its settings, and what it can be asked.
struct AboutCommands: Sendable {
    let program: String
    let reloading: Reloading
    let started = Date.now

    var all: [AdminCommand] { [version, config] }

    private var version: AdminCommand {
        AdminCommand("version", role: .viewer, "Which version runs, as which process.") { _, reply in
            try await reply.row { json in
                json.name("program")
                json.string(program)
                json.name("version")
                json.string(tradepostVersion)
                json.name("pid")
                json.integer(getpid())
                json.name("startedAt")
                json.date(started)
            }
            return .ok()
        }
    }

    private var config: AdminCommand {
        AdminCommand("config", role: .viewer, "Every setting with its value and where that came from; secrets masked.")
        {
            _, reply in
            let settings = await reloading.settings
            for setting in settings {
                try await reply.row { json in
                    json.name("key")
                    json.string(setting.key)
                    json.name("value")
                    json.string(setting.value)
                    json.name("origin")
                    json.string(setting.origin)
                    json.name("afterRestart")
                    json.nullable(setting.afterRestart)
                }
            }
            let waiting = settings.count { $0.afterRestart != nil }
            return .ok(waiting == 0 ? "" : "\(waiting) settings take effect with a restart")
        }
    }
}

extension CommandTable {
    /// The commands with the one that lists them.
    init(withHelp commands: [AdminCommand]) {
        self.init(commands + [Self.help(on: commands + [Self.help(on: [])])])
    }

    private static func help(on commands: [AdminCommand]) -> AdminCommand {
        AdminCommand(
            "help", role: .viewer, "What can be asked.",
            [
                .argument("command", "Its first word, to see only those.", isRequired: false),
                .argument("verb", "Its second word.", isRequired: false),
            ], examples: ["help", "help pause"]
        ) { call, reply in
            let asked = [call["command"], call["verb"]].compactMap(\.self)
            let found = commands.filter { $0.name.split(separator: " ").starts(with: asked.map { Substring($0) }) }
            guard !found.isEmpty else {
                throw AdminEnd(.notFound, "there is no command '\(asked.joined(separator: " ").prefix(64))'")
            }
            for command in found.sorted(by: { $0.name < $1.name }) { try await reply.row(command.describe) }
            return .ok()
        }
    }
}
