import FoundationEssentials
import Logging
import ServiceLifecycle
import Synchronization
import Threads

// What keeps the connections standing, and what takes them down.

extension PostgresPool {
    /// Makes the connections and makes broken ones anew, until graceful shutdown or cancellation.
    ///
    /// Graceful shutdown refuses new callers, serves those that are in, then closes the connections and ends their
    /// threads. Cancellation interrupts what is running.
    public func run() async throws {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await keepConnected()
            } onGracefulShutdown: {
                self.drain()
            }
        } onCancel: {
            self.drain(servingWaiting: false)
            for connection in shared.withLock({ $0.connections }) { connection.interrupt.fire() }
        }
    }

    private func keepConnected() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.watchIdle() }
            for await task in tasks {
                guard let connection = shared.withLock({ $0.connection(task.number) }) else { continue }
                switch task {
                case .connect(let number): group.addTask { await self.connect(connection, number) }
                case .close: await connection.close()
                }
            }
            group.cancelAll()
        }
        // Each waits its turn behind what its thread still does. Let go of, the threads end.
        for connection in shared.withLock({ $0.connections }) { await connection.close() }
        shared.withLock { $0.connections.removeAll() }
    }

    /// Tries until it succeeds, at intervals that grow.
    private func connect(_ connection: PooledConnection, _ number: Int) async {
        var backoff = Backoff()
        while !shared.withLock({ $0.ledger.isDraining }) {
            do {
                try await connection.connect()
                let wasDown = !state.isConnected
                pass(number) { ledger in ledger.connected(number) }
                if wasDown { logger.notice("PostgreSQL is connected", metadata: ["pool": "\(name)"]) }
                return
            } catch {
                noteFailure(error)
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    private func noteFailure(_ error: PostgresError) {
        let (refused, isNews) = shared.withLock { shared in
            let before = shared.ledger.state.availability
            let refused = shared.ledger.failed(error, at: .now)
            return (refused, shared.ledger.state.availability != before)
        }
        refuse(refused, with: error)
        if isNews { logger.warning("PostgreSQL is unavailable", metadata: ["pool": "\(name)", "error": "\(error)"]) }
    }

    /// Looks after idle connections, so that a lost server shows in ``state`` before a caller runs into it.
    private func watchIdle() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            for (number, connection) in shared.withLock({ $0.connections }).enumerated() {
                guard shared.withLock({ $0.ledger.inspect(number) }) else { continue }
                giveBack(number, usable: await connection.isUsable)
            }
        }
    }

    private func drain(servingWaiting: Bool = true) {
        let (abandoned, refused, isDrained) = shared.withLock { shared in
            let (numbers, refused) = shared.ledger.drain(servingWaiting: servingWaiting)
            return (numbers.map { shared.connections[$0] }, refused, shared.ledger.isDrained)
        }
        for connection in abandoned { connection.interrupt.fire() }
        refuse(refused, with: PostgresError.poolClosed(name))
        if isDrained { upkeep.finish() }
    }
}
