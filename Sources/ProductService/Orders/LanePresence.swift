import Daemon
import Synchronization

/// How many of the writer's lanes have a database connection: what `/readyz` says of `orderWriter`.
final class LanePresence: Sendable {
    private static let dependency = "orderWriter"
    private let connectedLanes = Mutex(0)
    private let health: Health

    init(health: Health) {
        self.health = health
        health.set(Self.dependency, .down(DependencyState.untried))
    }

    /// Whether no lane is connected: then whoever waits, waits in vain.
    var isAlone: Bool {
        connectedLanes.withLock { $0 == 0 }
    }

    func connected() {
        connectedLanes.withLock { $0 += 1 }
        health.set(Self.dependency, .up)
    }

    func disconnected() {
        connectedLanes.withLock { $0 -= 1 }
    }

    func failed(_ error: any Error) {
        if isAlone { health.set(Self.dependency, .down("\(error)")) }
    }
}
