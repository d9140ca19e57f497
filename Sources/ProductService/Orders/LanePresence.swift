import Daemon
import Postgres
import Synchronization

/// How many of the writer's lanes have a database connection, as one line for `/readyz`.
final class LanePresence: Sendable {
    private let connectedLanes = Mutex(0)
    private let health: Health
    private let dependency: String

    init(health: Health, dependency: String) {
        self.health = health
        self.dependency = dependency
    }

    /// Whether no lane is connected: then whoever waits, waits in vain.
    var isAlone: Bool {
        connectedLanes.withLock { $0 == 0 }
    }

    func connected() {
        connectedLanes.withLock { $0 += 1 }
        health.set(dependency, .up)
    }

    func disconnected() {
        connectedLanes.withLock { $0 -= 1 }
    }

    func failed(_ error: any Error) {
        if isAlone { health.set(dependency, .down("\(error)")) }
    }
}
