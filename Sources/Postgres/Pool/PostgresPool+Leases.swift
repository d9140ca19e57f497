import Synchronization

// How a caller comes by a connection and gives it back.

extension PostgresPool {
    /// A connection, at once or after waiting for one.
    func lease() async throws -> Lease {
        if let lease = shared.withLock({ shared in shared.ledger.takeIdle().map { shared.lease($0) } }) {
            return lease
        }
        let caller = shared.withLock { $0.nextCaller() }
        async let _ = expire(caller)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                admit(caller, continuation)
            }
        } onCancel: {
            refuse([caller], with: CancellationError())
        }
    }

    /// Ends a caller's waiting when its time is over. Cancelled, and so without effect, once it waits no more.
    private func expire(_ caller: Int) async {
        guard (try? await Task.sleep(for: waitTimeout)) != nil else { return }
        let error = PostgresError(
            .poolExhausted,
            "no connection of pool \(name) came free within \(waitTimeout): try again later, or make the pool larger")
        refuse([caller], with: error)
    }

    private func admit(_ caller: Int, _ continuation: CheckedContinuation<Lease, any Error>) {
        let answer: Result<Lease, any Error>? = shared.withLock { shared in
            // A caller that is cancelled before it waits would not be found by its cancellation handler.
            if Task.isCancelled { return .failure(CancellationError()) }
            switch shared.ledger.admit(caller) {
            case .lease(let number):
                return .success(shared.lease(number))
            case .refuse(let error):
                return .failure(error)
            case .wait:
                shared.callers[caller] = continuation
                return nil
            }
        }
        if let answer { continuation.resume(with: answer) }
    }

    /// Tells callers that they get no connection; those that have one already hear nothing.
    func refuse(_ callers: [Int], with error: any Error) {
        let refused = shared.withLock { shared in
            callers.compactMap { caller in
                _ = shared.ledger.leave(caller)
                return shared.callers.removeValue(forKey: caller)
            }
        }
        for caller in refused { caller.resume(throwing: error) }
    }

    /// Passes a connection on: to who waits longest, to rest, or to be made anew.
    func giveBack(_ number: Int, usable: Bool) {
        pass(number) { ledger in ledger.giveBack(number, usable: usable) }
    }

    /// Tells the ledger what became of a connection and does what it says.
    func pass(_ number: Int, _ event: (inout PoolLedger) -> PoolLedger.Return) {
        let (action, taker, isDrained) = shared.withLock { shared in
            let action = event(&shared.ledger)
            return (action, shared.taker(after: action), shared.ledger.isDrained)
        }
        switch action {
        case .lease:
            if let (caller, lease) = taker { caller.resume(returning: lease) }
        case .rest: break
        case .mend: upkeep.yield(.connect(number))
        case .end(let refused):
            refuse(refused, with: PostgresError.poolClosed(name))
            upkeep.yield(.close(number))
        }
        if isDrained { upkeep.finish() }
    }
}
