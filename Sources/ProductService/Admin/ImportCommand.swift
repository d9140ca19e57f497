import AdminChannel
import Commerce
import Files
import Logging
import ServiceLifecycle

/// Takes the orders of a file that an operator sends behind the request.
///
/// The file goes the way of every file of the spool, from its claim on. Until it is claimed the client must stay, and nothing
/// remains if it goes; from then on it only watches. The end comes when the file is at its end, and until then, each second,
/// how far it has come, or what it waits for.
struct ImportCommand: Sendable {
    let door: SpoolDoor

    var command: AdminCommand {
        AdminCommand(
            "orders import", role: .operator, "Take the orders of a file; returns when all are taken or refused.",
            [
                .argument("file", "The file; - for standard input. By hand, its name.", values: .file),
                .option("name", "What the file is to be called, if not as it is."),
                .option(
                    "partner", "Whose orders they are (import): nobody's externalId is taken twice.",
                    values: .member("partner", of: "spool backlog")),
                .option("reason", "Why; kept in the audit.", as: "TEXT"),
                .flag("no-wait", "Return when the file is claimed: then it goes on by itself."),
                .option("bytes", "By hand: how many bytes follow the request.", as: "N"),
            ],
            examples: [
                "orders import orders.ndjson", "orders import orders.csv --partner acme",
                "orders import - --name monday.ndjson",
            ], isMutation: true
        ) { call, reply in
            let desk = try door.enter()
            _ = try call.reason(required: false)
            guard let payload = call.payload else {
                throw AdminEnd(.usage, "say --bytes, and send so many behind the request; productctl does it by itself")
            }
            let partner = try await desk.partner(call["partner"] ?? Partner.operators)
            let incoming = try await desk.beginImport(name(in: call, for: partner), as: partner)
            do {
                let end = try await run(call, payload, incoming, desk, reply)
                await desk.endImport(incoming)
                return end
            } catch {
                await desk.endImport(incoming)
                throw error
            }
        }
    }

    private func run(
        _ call: AdminCall, _ payload: AdminPayload, _ incoming: IncomingFile, _ desk: SpoolDesk, _ reply: any AdminReply
    ) async throws -> AdminEnd {
        let file = incoming.file
        var known = SpoolEntry(file, .claimed, nil)
        known.size = payload.size
        var sha256: String?
        do {
            try await receive(payload, into: incoming, desk, reply)
            sha256 = try await claim(incoming, desk, reply).hexadecimal
            desk.parts.logger.notice(
                "An operator imports a file",
                metadata: [
                    "file_id": "\(file.id)", "partner": "\(file.partner.name)", "file": "\(file.originalName)",
                    "uid": "\(call.peer.userID)",
                ])
            if call.has("no-wait") {
                let entry = try await desk.show("\(file.id)", refused: 0).entry
                try await reply.file(entry)
                return AdminEnd(
                    .ok, "claimed; spool show \(file.id) tells how it ends", detail: entry.auditDetail(sha256: sha256))
            }
            let view = try await follow(file, desk, reply)
            try await reply.file(view.entry)
            for fault in view.faults { try await reply.row { $0.refusal(fault) } }
            return try await desk.end(ofImport: view).with(view.entry.auditDetail(sha256: sha256))
        } catch {
            guard sha256 != nil || desk.parts.jobs.isClaimed(file.id) else { throw error }
            throw end(of: error, file, desk).with(known.auditDetail(sha256: sha256))
        }
    }

    /// The name that it is to have in the spool.
    private func name(in call: AdminCall, for partner: Partner) throws(AdminEnd) -> FileName {
        let file = call["file"] ?? ""
        let name = FileName(call["name"] ?? (file == "-" ? "stdin" : file))
        guard (1...FileName.maximumLength).contains(name.bytes.count), !name.hasPrefix("."),
            !name.bytes.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }),
            partner.ways.settle != .marker || Marker.file(markedBy: name) == nil
        else {
            throw AdminEnd(
                .usage,
                "a file can't be called that: --name with up to \(FileName.maximumLength) bytes, no / in it, no dot before "
                    + "it, and no marker's ending behind it")
        }
        return name
    }

    // MARK: Until it is claimed

    private func receive(
        _ payload: AdminPayload, into incoming: IncomingFile, _ desk: SpoolDesk, _ reply: any AdminReply
    ) async throws {
        guard payload.size > 0 else { throw AdminEnd(.failed, RejectionCode.empty.hint) }
        guard payload.size <= desk.parts.configuration.limits.fileBytes else {
            throw AdminEnd(.failed, RejectionCode.tooLarge.hint)
        }
        try await awaitClaiming(desk, reply)
        var received = 0
        var told = ContinuousClock.now
        while let piece = try await payload.next() {
            try await incoming.append(piece)
            received += piece.count
            guard told.duration(to: .now) >= .seconds(1) else { continue }
            told = .now
            try stopIfAsked()
            try await reply.progress(received, of: Int(payload.size), "bytes received")
        }
    }

    /// Waits while no file may be claimed.
    private func awaitClaiming(_ desk: SpoolDesk, _ reply: any AdminReply) async throws {
        while case let stops = desk.stops, !stops.isEmpty {
            try await reply.progress(0, of: nil, "waiting: \(stops.joined(separator: "; "))")
            try await pause(.seconds(1))
        }
    }

    /// - Returns: The SHA-256 of its bytes.
    private func claim(
        _ incoming: IncomingFile, _ desk: SpoolDesk, _ reply: any AdminReply
    ) async throws -> [UInt8] {
        while true {
            try await awaitClaiming(desk, reply)
            if let sha256 = try await incoming.claim() { return sha256 }
        }
    }

    // MARK: Once it is claimed

    /// - Returns: What there is to know of the file, once it is ended, or held.
    private func follow(_ file: ClaimedFile, _ desk: SpoolDesk, _ reply: any AdminReply) async throws -> FileView {
        var told = ContinuousClock.now
        while true {
            let isDue = told.duration(to: .now) >= .seconds(1)
            if isDue || !desk.parts.jobs.isClaimed(file.id) {
                let view = try await desk.show("\(file.id)", refused: Reason.maximumErrors)
                if [.done, .rejected, .held].contains(view.entry.state) { return view }
                if isDue {
                    let obstacle = desk.stops.isEmpty ? view.entry.reason : desk.stops.joined(separator: "; ")
                    try await reply.progress(
                        view.entry.counts?.records ?? 0, of: desk.parts.jobs.total(of: file.id),
                        "orders, as \(file.id)" + (obstacle.map { "; waiting: \($0)" } ?? ""))
                    told = .now
                }
            }
            try await pause(.milliseconds(100))
        }
    }

    private func pause(_ duration: Duration) async throws {
        try stopIfAsked()
        try await Task.sleep(for: duration)
    }

    private func stopIfAsked() throws(AdminEnd) {
        if Task.isShuttingDownGracefully { throw AdminEnd(.wrongState, "the daemon is stopping") }
    }

    /// A claimed file goes on whatever became of the command.
    private func end(of error: any Error, _ file: ClaimedFile, _ desk: SpoolDesk) -> AdminEnd {
        let goesOn =
            (desk.parts.jobs.isClaimed(file.id) ? "it is claimed and goes on by itself" : "it was claimed")
            + ": spool show \(file.id)"
        return switch error {
        case let end as AdminEnd: AdminEnd(end.code, "\(end.message); \(goesOn)")
        case is ClientIsGone: AdminEnd(.failed, "the client went away; \(goesOn)")
        case is CancellationError: AdminEnd(.wrongState, "the daemon is stopping; \(goesOn)")
        default: AdminEnd(.failed, "\(error); \(goesOn)")
        }
    }
}

extension AdminReply {
    fileprivate func file(_ entry: SpoolEntry) async throws {
        try await row { json in
            json.name("row")
            json.string("file")
            json.members(of: entry)
        }
    }
}

extension AdminEnd {
    /// With what the audit keeps beside it.
    fileprivate func with(_ detail: JSON) -> AdminEnd { AdminEnd(code, message, detail: detail) }
}
