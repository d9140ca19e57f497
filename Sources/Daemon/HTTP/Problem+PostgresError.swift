import Postgres

extension Problem {
    /// A failure of the database that the client may wait out; `nil` for one that is our fault.
    init?(_ error: PostgresError) {
        guard error.isTransient || error.code == .connectFailed else { return nil }
        self = .unavailable("the database can't answer at the moment; try again", retryAfter: .seconds(2))
    }
}
