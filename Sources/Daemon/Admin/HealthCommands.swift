import AdminChannel
import Commerce

/// How the daemon is: from the board that `/readyz` is answered from, so these answer whatever else hangs.
struct HealthCommands: Sendable {
    let health: Health
    let started = ContinuousClock.now

    var all: [AdminCommand] { [status, healthCommand] }

    private var status: AdminCommand {
        AdminCommand("status", role: .viewer, "Whether it is ready, and how what it needs is doing.") { _, reply in
            try await dependencies(to: reply)
            let uptime = (ContinuousClock.now - started).components.seconds
            return .ok("\(health.summary); up for \(uptime) s")
        }
    }

    private var healthCommand: AdminCommand {
        AdminCommand("health", role: .viewer, "The same; ends with code unhealthy (7) when it is not ready.") {
            _, reply in
            try await dependencies(to: reply)
            if case .down = health.overall { throw AdminEnd(.unhealthy, health.summary) }
            return .ok(health.summary)
        }
    }

    private func dependencies(to reply: any AdminReply) async throws {
        for dependency in health.dependencies {
            try await reply.row { json in
                json.name("dependency")
                json.string(dependency.name)
                json.name("status")
                json.string(dependency.state.word)
                json.name("forSeconds")
                json.integer(dependency.duration.components.seconds)
                json.name("reason")
                json.string(dependency.state.reason ?? "")
            }
        }
    }
}
