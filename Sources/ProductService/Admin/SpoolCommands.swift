import AdminChannel
import Commerce

/// What operators may know of the spool.
struct SpoolCommands: Sendable {
    let door: SpoolDoor

    var all: [AdminCommand] { [list, show, backlog, rescan] }

    private var list: AdminCommand {
        let states = SpoolEntry.State.allCases.map(\.rawValue).joined(separator: ", ")
        return AdminCommand(
            "spool list", role: .viewer, "Files of the spool, newest first.",
            [
                .option(
                    "state", "Only those that are \(states).",
                    values: .oneOf(SpoolEntry.State.allCases.map(\.rawValue))),
                .option("partner", "Only one partner's.", values: .member("partner", of: "spool backlog")),
                .option("limit", "How many at most (100).", as: "N"),
                .option("before", "Go on behind this id, the last one shown.", as: "ID"),
            ], examples: ["spool list --state rejected", "spool list --partner acme --limit 20"]
        ) { call, reply in
            let desk = try door.enter()
            var question = SpoolSurvey.Question(limit: try call.integer("limit", in: 1...10_000, otherwise: 100))
            question.partner = call["partner"]
            if let word = call["state"] {
                guard let state = SpoolEntry.State(rawValue: word) else {
                    throw AdminEnd(.usage, "state must be one of \(states)")
                }
                question.states = [state]
            }
            if let id = call["before"] { question.before = try await desk.age(of: id) }
            let list = try await desk.list(question)
            for entry in list.entries { try await reply.row { $0.members(of: entry) } }
            var notes = [list.entries.isEmpty ? "no such files" : nil, list.unknown].compactMap(\.self)
            if list.entries.count == question.limit {
                notes.append("there may be more: --limit, or --before the last id")
            }
            if list.gaveUp {
                notes.append("of the archived files only the newest \(ArchiveShelf.mostReceipts) were looked at")
            }
            return .ok(notes.joined(separator: "; "))
        }
    }

    private var show: AdminCommand {
        AdminCommand(
            "spool show", role: .viewer, "Everything of one file, its receipt, and what was refused of it.",
            [Self.id, .option("limit", "How many refused records at most (100).", as: "N")],
            examples: [Self.example("show")]
        ) { call, reply in
            let limit = try call.integer("limit", in: 0...10_000, otherwise: 100)
            let view = try await door.enter().show(call["id"] ?? "", refused: limit)
            try await reply.row { $0.members(of: view) }
            for fault in view.faults.prefix(limit) {
                try await reply.row { $0.refusal(fault) }
            }
            return .ok(view.unknown ?? "")
        }
    }

    static let id = AdminCommand.Parameter.argument(
        "id", "A file's UUID, or partner/name while it waits in drop/.", values: .member("id", of: "spool list"))

    static func example(_ rest: String) -> String {
        let verb = rest.prefix { $0 != " " }
        return "spool \(verb) 01a2097b-b089-7081-9193-3d43cc6e6729\(rest.dropFirst(verb.count))"
    }

    private var backlog: AdminCommand {
        AdminCommand(
            "spool backlog", role: .viewer, "How much waits, by partner, and what keeps it from being claimed."
        ) { _, reply in
            let desk = try door.enter()
            let partners = try await desk.backlog()
            let stops = desk.stops
            for partner in partners {
                try await reply.row { json in
                    json.members(of: partner)
                    json.name("stoppedBy")
                    if stops.isEmpty { json.null() } else { json.string(stops.joined(separator: "; ")) }
                }
            }
            return .ok(stops.isEmpty ? "files are claimed" : "nothing is claimed: \(stops.joined(separator: "; "))")
        }
    }

    private var rescan: AdminCommand {
        AdminCommand(
            "spool rescan", role: .operator, "Look through the drop directories now; returns when that is done.",
            isMutation: true
        ) { _, reply in
            switch try await door.enter().parts.rescans.scan() {
            case .done(let partners, let files):
                try await reply.row { json in
                    json.name("partners")
                    json.integer(partners)
                    json.name("waiting")
                    json.integer(files)
                }
                return .ok()
            case .failed(let reason): throw AdminEnd(.failed, reason)
            case .notRunning: throw AdminEnd(.wrongState, "the watcher does not run: status says why")
            }
        }
    }
}
