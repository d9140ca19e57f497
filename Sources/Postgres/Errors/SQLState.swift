/// The five characters by which PostgreSQL names what went wrong (PostgreSQL manual, appendix A).
///
/// Only the states that a caller decides by have a name here; every other one compares by its characters.
public struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The first two characters: `"23"` for every violated constraint, `"40"` for every rolled back transaction.
    public var `class`: String {
        String(rawValue.prefix(2))
    }

    public var description: String { rawValue }
}

extension SQLState {
    public static let notNullViolation = SQLState(rawValue: "23502")
    public static let foreignKeyViolation = SQLState(rawValue: "23503")
    public static let uniqueViolation = SQLState(rawValue: "23505")
    public static let checkViolation = SQLState(rawValue: "23514")
    public static let exclusionViolation = SQLState(rawValue: "23P01")

    public static let invalidParameterValue = SQLState(rawValue: "22023")

    public static let serializationFailure = SQLState(rawValue: "40001")
    public static let deadlockDetected = SQLState(rawValue: "40P01")
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// Cancelled by `statement_timeout` or by `pg_cancel_backend()`.
    public static let queryCanceled = SQLState(rawValue: "57014")

    public static let adminShutdown = SQLState(rawValue: "57P01")
    public static let crashShutdown = SQLState(rawValue: "57P02")
    public static let cannotConnectNow = SQLState(rawValue: "57P03")
    public static let tooManyConnections = SQLState(rawValue: "53300")
    /// A write on a standby, which is what a failover looks like from an old connection.
    public static let readOnlyTransaction = SQLState(rawValue: "25006")

    public static let undefinedTable = SQLState(rawValue: "42P01")
    public static let undefinedColumn = SQLState(rawValue: "42703")
    public static let syntaxError = SQLState(rawValue: "42601")
    public static let numericValueOutOfRange = SQLState(rawValue: "22003")
    public static let featureNotSupported = SQLState(rawValue: "0A000")
    public static let undefinedPreparedStatement = SQLState(rawValue: "26000")

    public static let invalidAuthorization = SQLState(rawValue: "28000")
    public static let invalidPassword = SQLState(rawValue: "28P01")
    public static let undefinedDatabase = SQLState(rawValue: "3D000")
}
