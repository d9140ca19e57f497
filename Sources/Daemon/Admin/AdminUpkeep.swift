import Logging
import Postgres
import ServiceLifecycle

/// What the admin channel does by itself, every second: pauses that begin in another daemon or end, audit rows that the
/// database didn't take at once, log levels that were set for a while.
struct AdminUpkeep: Service {
    let schema: Gate
    let pauses: Pauses
    let audit: AuditTrail
    let threshold: LogThreshold

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            try await schema.wait()
            while true {
                try await Task.sleep(for: .seconds(1))
                await pauses.refresh()
                await audit.flush()
                threshold.expire()
            }
        }
        await audit.flush()
        // Returning would end the daemon.
        try? await gracefulShutdown()
    }
}
