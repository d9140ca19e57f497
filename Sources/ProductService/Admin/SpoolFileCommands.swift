import AdminChannel
import Commerce
import FoundationEssentials

/// What operators may do with single files of the spool.
struct SpoolFileCommands: Sendable {
    let door: SpoolDoor

    var all: [AdminCommand] { [hold, release, retry, discard] }

    private static let reason = AdminCommand.Parameter.option(
        "reason", "Why; kept beside the file and in the audit.", as: "TEXT")

    private var hold: AdminCommand {
        AdminCommand(
            "spool hold", role: .operator, "Leave a file alone until it is released, also over a restart.",
            [SpoolCommands.id, Self.reason],
            examples: [
                SpoolCommands.example("hold --reason \"prices are wrong\""),
                "spool hold acme/orders.csv --reason asked",
            ], isMutation: true
        ) { call, reply in
            let note = HoldNote(
                at: .wholeMilliseconds, userID: Int(call.peer.userID), reason: try call.reason(required: true))
            let desk = try door.enter()
            let file = try await desk.hold(call["id"] ?? "", note)
            let view = try await desk.show("\(file.id)", refused: 0)
            try await reply.row { $0.members(of: view.entry) }
            return .ok("held; spool release \(file.id) lets it go on")
        }
    }

    private var release: AdminCommand {
        AdminCommand(
            "spool release", role: .operator, "Let a held file go on where it was.", [SpoolCommands.id, Self.reason],
            examples: [SpoolCommands.example("release")], isMutation: true
        ) { call, _ in
            let file = try await door.enter().release(call["id"] ?? "")
            return .ok("\(file.id) goes on")
        }
    }

    private var retry: AdminCommand {
        AdminCommand(
            "spool retry", role: .operator,
            "Try a deferred file now, or a rejected one again: what was taken of it is a duplicate, the rest is tried.",
            [SpoolCommands.id, Self.reason], examples: [SpoolCommands.example("retry --reason \"products added\"")],
            isMutation: true
        ) { call, _ in
            let id = call["id"] ?? ""
            try await door.enter().retry(id)
            return .ok("\(id) is tried again; spool show tells how it ends")
        }
    }

    private var discard: AdminCommand {
        AdminCommand(
            "spool discard", role: .admin, "Remove a rejected, deferred or held file; shows first what would be lost.",
            [
                SpoolCommands.id, Self.reason,
                .option("token", "What the command prints when it is said without.", as: "T"),
                .flag("yes", "Instead of the token: without looking."),
            ],
            examples: [
                SpoolCommands.example("discard --reason \"sent twice\""),
                SpoolCommands.example("discard --reason \"sent twice\" --yes"),
            ], isMutation: true
        ) { call, reply in
            let id = call["id"] ?? ""
            _ = try call.reason(required: true)
            let desk = try door.enter()
            let loss = try await desk.loss(of: id)
            try await reply.row { json in
                guard case .object(let members) = loss.document else { return }
                for member in members {
                    json.dynamicName(member.name)
                    json.value(member.value)
                }
            }
            guard call.has("yes") || call["token"] == loss.token else {
                let wrong = call["token"] == nil ? "" : "that token was for something else; "
                throw AdminEnd(.wrongState, "\(wrong)this would be lost; say it again with --token \(loss.token)")
            }
            try await call.keep(loss.document)
            try await desk.discard(id, meaning: loss)
            return .ok("discarded; audit keeps what it was")
        }
    }
}

extension AdminCall {
    /// Why something is done.
    ///
    /// - Throws: ``AdminEnd`` with `usage`.
    func reason(required: Bool) throws(AdminEnd) -> String {
        let reason = self["reason"] ?? ""
        if required, reason.allSatisfy(\.isWhitespace) { throw AdminEnd(.usage, "say why: --reason TEXT") }
        guard reason.utf8.count <= 1_000 else { throw AdminEnd(.usage, "--reason may have 1,000 bytes") }
        return reason
    }
}
