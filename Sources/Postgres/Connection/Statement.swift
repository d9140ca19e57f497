/// One SQL statement with `$1`, `$2`, … for its parameters.
///
/// Each connection prepares it when it is first used there, together with that use, and only executes it from then on.
/// Make statements constants: their text is what identifies them.
public struct Statement: Sendable, Hashable, ExpressibleByStringLiteral {
    public let sql: String

    public init(_ sql: String) {
        self.sql = sql
    }

    public init(stringLiteral sql: String) {
        self.sql = sql
    }

    static let begin = Statement("BEGIN")
    static let commit = Statement("COMMIT")
    static let rollback = Statement("ROLLBACK")
}

/// A statement with the values for its parameters, encoded: ready to be sent.
struct Call {
    let statement: Statement
    let parameters: Parameters

    init(_ statement: Statement, _ values: [any PostgresEncodable] = []) throws(PostgresError) {
        self.statement = statement
        parameters = try Parameters(values)
    }

    /// A statement without parameters.
    init(bare statement: Statement) {
        self.statement = statement
        parameters = Parameters()
    }

    /// A statement is prepared for the types of its parameters, so both together name what was prepared.
    var preparedKey: PreparedKey {
        PreparedKey(statement: statement, types: parameters.types)
    }
}
