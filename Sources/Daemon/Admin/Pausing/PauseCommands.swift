import AdminChannel
import Commerce
import FoundationEssentials

/// Holding parts of the daemon up, and letting them go on.
struct PauseCommands: Sendable {
    let pauses: Pauses
    let drain: DrainPlan

    var all: [AdminCommand] { [pauseCommand, resumeCommand, drainCommand] }

    private static let reason = AdminCommand.Parameter.option(
        "reason", "Why; shown with the pause and in the audit.", as: "TEXT")
    private static let timeout = AdminCommand.Parameter.option(
        "timeout", "Seconds to wait at most (60).", as: "SECONDS")

    private var parts: AdminCommand.Parameter {
        let list = pauses.points.map { "\($0.name) (\($0.meaning))" }.joined(separator: ", ")
        return .argument(
            "part", "One of: \(list); all of them if none is named.", isRequired: false,
            values: .oneOf(pauses.points.map(\.name)))
    }

    private var example: String { pauses.points.first?.name ?? "" }

    private var pauseCommand: AdminCommand {
        AdminCommand(
            "pause", role: .operator, "Hold a part up, also over a restart; returns when nothing of it moves any more.",
            [
                parts, .option("for", "How long: 30s, 10m, 2h; else until resumed.", as: "TIME"), Self.reason,
                Self.timeout,
            ],
            examples: ["pause \(example) --for 10m --reason stocktaking"], isMutation: true
        ) { call, reply in
            let parts = try named(by: call)
            let duration = try call.duration("for", in: .seconds(1)...(.seconds(30 * 86_400)))
            try await pause(parts, for: duration, call, reply)
            return .ok("\(parts.map(\.name).joined(separator: ", ")): paused")
        }
    }

    private var resumeCommand: AdminCommand {
        AdminCommand(
            "resume", role: .operator, "Let a part that is paused go on.", [parts], examples: ["resume \(example)"],
            isMutation: true
        ) { call, reply in
            let parts = try named(by: call)
            let paused = parts.filter(\.isPaused)
            try await pauses.resume(parts)
            try await rows(reply)
            return .ok(
                paused.isEmpty ? "nothing was paused" : "\(paused.map(\.name).joined(separator: ", ")): going on")
        }
    }

    private var drainCommand: AdminCommand {
        AdminCommand(
            "drain", role: .operator,
            "Take nothing new in (\(drain.parts.joined(separator: ", "))), and finish what is there; resume ends it.",
            [.flag("wait", "Return when everything is finished."), Self.reason, Self.timeout],
            examples: ["drain --wait --timeout 300"], isMutation: true
        ) { call, reply in
            let parts = pauses.points.filter { drain.parts.contains($0.name) }
            let others = pauses.points.filter { $0.isPaused && !drain.parts.contains($0.name) }
            if call.has("wait"), let other = others.first {
                throw AdminEnd(.wrongState, "\(other.name) is paused, so this would never end; resume it first")
            }
            try await pause(parts, for: nil, call, reply)
            guard call.has("wait") else {
                return .ok("nothing new is taken; \(try await drain.remaining()) \(drain.what)")
            }
            try await wait(call, reply, for: drain.what) { try await drain.remaining() }
            return .ok("drained: 0 \(drain.what)")
        }
    }

    private func named(by call: AdminCall) throws(AdminEnd) -> [PausePoint] {
        guard let name = call["part"] else { return pauses.points }
        guard let point = pauses.points.first(where: { $0.name == name }) else {
            let names = pauses.points.map(\.name).joined(separator: ", ")
            throw AdminEnd(.usage, "there is no part \(name.prefix(64)); there is: \(names)")
        }
        return [point]
    }

    /// Returns when it is true.
    private func pause(
        _ parts: [PausePoint], for duration: Duration?, _ call: AdminCall, _ reply: any AdminReply
    ) async throws {
        do {
            try await pauses.pause(parts, for: duration, uid: call.peer.userID, reason: call["reason"])
        } catch {
            throw AdminEnd(.wrongState, "nothing was paused, since it can't be kept: \(error)")
        }
        try await wait(call, reply, for: "parts still have something under way") { parts.count { !$0.isQuiet } }
        try await rows(reply)
    }

    /// Asks until nothing remains.
    private func wait(
        _ call: AdminCall, _ reply: any AdminReply, for what: String, _ remaining: () async throws -> Int
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(try call.integer("timeout", in: 1...86_400, otherwise: 60))
        var (told, most) = (ContinuousClock.now, 0)
        while true {
            let count = try await remaining()
            if count == 0 { return }
            most = max(most, count)
            guard .now < deadline else {
                throw AdminEnd(.timedOut, "nothing new is taken, but \(count) \(what); ask again, or resume")
            }
            if told.duration(to: .now) > .seconds(1) {
                told = .now
                try await reply.progress(most - count, of: most, what)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func rows(_ reply: any AdminReply) async throws {
        for point in pauses.points {
            let pause = pauses.current.first { $0.part == point.name }
            try await reply.row { json in
                json.name("part")
                json.string(point.name)
                json.name("paused")
                json.bool(pause != nil)
                json.name("sinceAt")
                json.nullable(pause?.since)
                json.name("untilAt")
                json.nullable(pause?.until)
                json.name("uid")
                json.nullable(pause?.uid)
                json.name("reason")
                json.nullable(pause?.reason)
            }
        }
    }
}

/// What draining a daemon means.
public struct DrainPlan: Sendable {
    let parts: [String]
    let what: String
    let remaining: @Sendable () async throws -> Int

    /// - Parameters:
    ///   - parts: What lets new work in: these are paused.
    ///   - what: What remains, for people: `events wait for the broker`.
    ///   - remaining: How much work is left.
    public init(
        pausing parts: [String], until what: String, remaining: @escaping @Sendable () async throws -> Int
    ) {
        self.parts = parts
        self.what = what
        self.remaining = remaining
    }
}

extension AdminCall {
    /// A time with its unit, as in the settings: `30s`, `10m`.
    ///
    /// - Throws: ``AdminEnd`` with `usage`.
    func duration(_ name: String, in range: ClosedRange<Duration>) throws(AdminEnd) -> Duration? {
        guard let text = self[name] else { return nil }
        guard let duration = Duration(settingText: text), range.contains(duration) else {
            throw AdminEnd(
                .usage,
                "\(name) must be a time from \(range.lowerBound.settingText) to \(range.upperBound.settingText), "
                    + "such as 10m")
        }
        return duration
    }
}
