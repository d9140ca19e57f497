import CLibpq

extension Connection {
    /// Runs a script with the simple protocol, which is the only one that takes several statements in one text.
    func run(script: String, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        let wire = try wireForSending(until: deadline)
        do throws(PostgresError) {
            guard PQexitPipelineMode(wire.connection) == 1, PQsendQuery(wire.connection, script) == 1 else {
                throw wire.lost()
            }
            var firstError: PostgresError?
            while let result = try wire.nextResult(until: deadline) {
                if result.isCopy {
                    throw PostgresError(.misuse, "COPY is not supported in a script: use INSERT")
                }
                if !result.isSuccess, firstError == nil {
                    let error = PostgresError(result: result.handle)
                    if error.code == .connectionLost { throw error }
                    firstError = error
                }
            }
            guard PQenterPipelineMode(wire.connection) == 1 else { throw wire.lost() }
            if let firstError { throw firstError }
        } catch {
            if error.code == .server { throw error }
            var error = error
            error.outcomeUnknown = !isInTransaction
            throw giveUp(after: error)
        }
    }
}
