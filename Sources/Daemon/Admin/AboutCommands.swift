import AdminChannel
import Commerce
import Glibc

/// What a daemon says of itself: its version, its settings, and what it can be asked.
struct AboutCommands: Sendable {
    let program: String
    let values: SettingValues

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
            }
            return .ok()
        }
    }

    private var config: AdminCommand {
        AdminCommand("config", role: .viewer, "Every setting with its value and where that came from; secrets masked.")
        {
            _, reply in
            for entry in values.entries {
                try await reply.row { json in
                    json.name("key")
                    json.string(entry.setting.key)
                    json.name("value")
                    json.string(entry.shownText)
                    json.name("origin")
                    json.string(entry.origin)
                }
            }
            return .ok()
        }
    }
}

extension CommandTable {
    /// The commands with the one that lists them.
    init(withHelp commands: [AdminCommand]) {
        let others = commands
        let help = AdminCommand(
            "help", role: .viewer, "What can be asked.",
            [.argument("command", "Its first word, to see only those.", isRequired: false)]
        ) { call, reply in
            for command in others.sorted(by: { $0.name < $1.name })
            where call["command"].map(command.name.hasPrefix) ?? true {
                try await reply.row { json in
                    json.name("command")
                    json.string(command.usage)
                    json.name("role")
                    json.string(command.role.rawValue)
                    json.name("what")
                    json.string(command.summary)
                }
            }
            return .ok()
        }
        self.init(others + [help])
    }
}
