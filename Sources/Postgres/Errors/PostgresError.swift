/// Why a piece of work with PostgreSQL did not succeed, and what the person who reads it can do.
///
/// Two questions decide what a caller does next. ``isTransient``: may the same call succeed later, unchanged?
/// ``outcomeUnknown``: may it have taken effect although it failed? Passwords never get into an error.
public struct PostgresError: Error, Sendable {
    public var code: Code
    /// One sentence for the log: what happened and, where a person can do something about it, what.
    public var message: String
    /// What the server calls it; `nil` when the failure is not the server's.
    public var sqlState: SQLState?
    /// The violated constraint.
    public var constraint: String?
    public var table: String?
    public var column: String?
    /// The server's DETAIL, which may quote stored data: not part of ``description``.
    public var detail: String?
    public var hint: String?
    /// Whether the work may be durable all the same: COMMIT, or a statement outside a transaction, was sent and
    /// its answer never came. Whoever repeats it must first look whether it is there.
    public var outcomeUnknown = false

    /// The function in the server's source that raised the error, which no translation of the message touches.
    var routine: String?

    public init(_ code: Code, _ message: String, sqlState: SQLState? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
    }
}

extension PostgresError {
    /// What kind of failure it is. Open: a `switch` over it needs a `default`.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// The connection string or one of its keywords is wrong.
        public static let invalidOptions = Code("invalid-options")
        /// No connection could be made.
        public static let connectFailed = Code("connect-failed")
        /// The connection broke, or the server ended it.
        public static let connectionLost = Code("connection-lost")
        /// The work was not done in its time; the connection was given up.
        public static let deadlineExceeded = Code("deadline-exceeded")
        /// The owner's ``Interrupt`` fired; the connection was given up.
        public static let interrupted = Code("interrupted")
        /// The pool had no connection in time, or too many callers wait already.
        public static let poolExhausted = Code("pool-exhausted")
        /// The pool is shut down.
        public static let poolClosed = Code("pool-closed")
        /// The server refused the statement: see ``PostgresError/sqlState``.
        public static let server = Code("server")
        /// A parameter has no form that PostgreSQL can store.
        public static let encoding = Code("encoding")
        /// A result does not have the type that was asked for.
        public static let decoding = Code("decoding")
        /// The caller broke a rule of this module, such as using a transaction after its end.
        public static let misuse = Code("misuse")
        /// The known migrations contradict one another, or a script ends its transaction itself.
        public static let migrationInvalid = Code("migration-invalid")
        /// A migration that is applied already was changed since.
        public static let migrationChecksum = Code("migration-checksum")
        /// The database has a migration that this program does not know.
        public static let schemaNewer = Code("schema-newer")
    }

    /// Whether nothing is wrong with the statement or its data: the same call may succeed later.
    public var isTransient: Bool {
        switch code {
        case .connectionLost, .deadlineExceeded, .interrupted, .poolExhausted, .poolClosed: true
        case .connectFailed: !isRefusal
        case .server: isPassing
        default: false
        }
    }

    /// Whether the server knows us and says no: waiting does not help, changing the configuration does.
    private var isRefusal: Bool {
        guard let sqlState else { return false }
        return sqlState.class == "28" || sqlState == .undefinedDatabase
    }

    private var isPassing: Bool {
        guard let sqlState else { return false }
        if ["08", "40", "53"].contains(sqlState.class) || isStalePlan { return true }
        return switch sqlState {
        case .lockNotAvailable, .queryCanceled, .adminShutdown, .crashShutdown, .cannotConnectNow,
            .readOnlyTransaction:
            true
        default: false
        }
    }

    /// Whether a prepared statement no longer fits the schema, or is gone from the server.
    ///
    /// "cached plan must not change result type" has no SQLSTATE of its own, but a source function of its own.
    var isStalePlan: Bool {
        sqlState == .featureNotSupported && routine == "RevalidateCachedQuery"
            || sqlState == .undefinedPreparedStatement
    }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without stored data, as far as the server's own message has none.
    public var description: String {
        var text = message
        var facts: [String] = []
        if let sqlState { facts.append("SQLSTATE \(sqlState)") }
        if let constraint { facts.append("constraint \(constraint)") }
        if let table { facts.append("table \(table)") }
        if outcomeUnknown { facts.append("outcome unknown") }
        if !facts.isEmpty { text += " (\(facts.joined(separator: ", ")))" }
        return text
    }

    public var debugDescription: String {
        var text = "\(code): \(description)"
        if let detail { text += "; detail: \(detail)" }
        if let hint { text += "; hint: \(hint)" }
        return text
    }
}
