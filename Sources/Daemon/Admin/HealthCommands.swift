import AdminChannel
import Commerce

/// How the daemon is: from the board that `/readyz` is answered from, so these answer whatever else hangs.
struct HealthCommands: Sendable {
    let program: String
    let health: Health
    let metrics: PrometheusMetrics
    /// What the check for monitoring systems tells beside the state.
    let watched: [WatchedMetric]
    let started = ContinuousClock.now

    var all: [AdminCommand] { [status, healthCommand] }

    private var status: AdminCommand {
        AdminCommand("status", role: .viewer, "Whether it is ready, and how what it needs is doing.") { _, reply in
            try await dependencies(to: reply)
            return .ok("\(health.summary); up for \(started.duration(to: .now).words)")
        }
    }

    private var healthCommand: AdminCommand {
        AdminCommand(
            "health", role: .viewer, "The same; ends with code unhealthy (7) when it is not ready.",
            [.flag("check", "One line instead, and the exit statuses of a Nagios or Icinga plugin.")],
            examples: ["health", "health --check"]
        ) { call, reply in
            if call.has("check") { return check }
            try await dependencies(to: reply)
            if case .down = health.overall { throw AdminEnd(.unhealthy, health.summary) }
            return .ok(health.summary)
        }
    }

    /// One line as monitoring systems want it (Monitoring Plugins, "Development Guidelines", 2.6): what is said, and
    /// behind a bar numbers to draw.
    private var check: AdminEnd {
        let (word, code): (String, AdminEnd.Code) =
            switch health.overall {
            case .up: ("OK", .ok)
            case .degraded: ("WARNING", .warning)
            case .down: ("CRITICAL", .critical)
            }
        let text = health.summary.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("|", with: "/")
        let numbers = MetricsWatch(watched.filter { !$0.isRate }, in: metrics).levels
            .map { "'\($0.title)'=\($0.value)" }.joined(separator: " ")
        return AdminEnd(code, "\(program) \(word): \(text) | \(numbers)")
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
                json.nullable(dependency.state.reason)
            }
        }
    }
}

extension AdminEnd.Code {
    // What a monitoring system knows, by the exit statuses of its plugins.
    fileprivate static let warning = AdminEnd.Code("warning", exit: 1)
    fileprivate static let critical = AdminEnd.Code("critical", exit: 2)
}
