/// A value that can be the parameter of a ``Statement``, in PostgreSQL's binary format.
///
/// The module's own: `UUID`, `Int16`, `Int32`, `Int64`, `Int` (as int8), `Bool`, `String` (text), `Date` (timestamptz),
/// ``JSONB``, `[UInt8]` (bytea), an `Optional` of each, and an `Array` of each and of each `Optional`.
///
/// The statement is prepared with the parameters' types, so `$1` has the type of the Swift value that is passed for it:
/// where SQL needs another one and does not convert by itself, cast in the statement (`$1::order_status`).
///
/// A type of your own that is stored as one of these conforms in three lines:
/// ```swift
/// extension OrderID: PostgresEncodable {
///     public static var postgresType: PostgresType { .uuid }
///     public func encode(into bytes: inout [UInt8]) { uuid.encode(into: &bytes) }
/// }
/// ```
public protocol PostgresEncodable: Sendable {
    static var postgresType: PostgresType { get }

    /// Whether the value is NULL; ``encode(into:)`` is not called then.
    var isNull: Bool { get }

    /// Appends the value's binary form, without a length.
    ///
    /// - Throws: ``PostgresError/Code/encoding`` for a value that PostgreSQL cannot store.
    func encode(into bytes: inout [UInt8]) throws(PostgresError)

    /// Appends the binary form of an array of such values.
    ///
    /// A requirement so that every type gets a loop compiled for it; only `UInt8`, whose array is bytea, has its own.
    static func encode(array: [Self], into bytes: inout [UInt8]) throws(PostgresError)

    /// The type of an array of such values.
    static var postgresArrayType: PostgresType { get }
}

extension PostgresEncodable {
    public var isNull: Bool { false }

    public static var postgresArrayType: PostgresType {
        PostgresType(oid: postgresType.arrayOID)
    }
}
