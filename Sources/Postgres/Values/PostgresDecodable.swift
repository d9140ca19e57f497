/// A value that can be read from a column of a result: the counterpart of ``PostgresEncodable``.
public protocol PostgresDecodable {
    /// Reads one value.
    ///
    /// - Throws: ``PostgresError/Code/decoding`` when the column has another type, or NULL where none is expected.
    static func decode(_ value: PostgresValue) throws(PostgresError) -> Self

    /// Reads an array of such values.
    static func decode(array value: PostgresValue) throws(PostgresError) -> [Self]
}

/// One field of a result as the server sent it. Valid only during the call to which it is passed.
public struct PostgresValue {
    public let oid: UInt32
    /// The binary form; `nil` for NULL.
    public let bytes: UnsafeRawBufferPointer?

    /// The bytes, for a type that has no NULL.
    public func content(as expected: String) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard let bytes else {
            throw PostgresError(.decoding, "NULL where a value (\(expected)) was expected: decode an Optional")
        }
        return bytes
    }
}

@available(*, unavailable)
extension PostgresValue: Sendable {}

extension PostgresError {
    static func undecodable(_ value: PostgresValue, as expected: String) -> PostgresError {
        PostgresError(
            .decoding,
            "a value of the type with OID \(value.oid), \(value.bytes?.count ?? 0) bytes, is no \(expected): "
                + "decode its own type, or cast it in the statement")
    }
}
