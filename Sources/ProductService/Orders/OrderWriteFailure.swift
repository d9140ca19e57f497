import Postgres

/// What a failed batch transaction means for the orders in it.
enum OrderWriteFailure: Sendable, Hashable {
    /// Nothing was written, and the same again may well succeed: a lost connection before COMMIT, a deadlock.
    case tryAgain
    /// Nothing was written: another lane or instance used one of the keys at the same moment, and has answered it now.
    case keyTaken
    /// COMMIT was sent and its answer never came.
    case outcomeUnknown
    /// Something in the batch makes a statement fail, each time.
    case spoiled
    /// Nothing was written, and the database is in no state to take orders.
    case unavailable

    init(_ error: PostgresError) {
        if error.outcomeUnknown {
            self = .outcomeUnknown
            return
        }
        guard let sqlState = error.sqlState else {
            self = error.code == .connectionLost ? .tryAgain : .unavailable
            return
        }
        if sqlState == .uniqueViolation, error.constraint == "idempotency_keys_pkey" {
            self = .keyTaken
            return
        }
        switch sqlState.class {
        // Serialization failure and deadlock; the server going down under us.
        case "40", "08": self = .tryAgain
        case "57": self = sqlState == .queryCanceled ? .unavailable : .tryAgain
        // A datum or a constraint; a program limit, such as a text too long for an index.
        case "22", "23", "54": self = .spoiled
        default: self = .unavailable
        }
    }
}
