import CLibpq

/// One row of a result.
public struct Row {
    let result: QueryResult
    let index: Int32

    /// Decodes all columns, in their order: `let (id, stock) = try row.decode(UUID.self, Int?.self)`.
    ///
    /// - Throws: ``PostgresError/Code/decoding`` when there are more or fewer columns than types, or one has another type.
    public func decode<each Value: PostgresDecodable>(
        _ types: repeat (each Value).Type
    ) throws(PostgresError) -> (repeat each Value) {
        var wanted = 0
        for _ in repeat each types { wanted += 1 }
        guard wanted == columnCount else {
            throw PostgresError(.decoding, "a row of \(columnCount) columns was decoded as \(wanted) values")
        }
        var column = 0
        return (repeat try next(&column, as: (each Value).self))
    }

    /// Decodes the column at a position, from 0.
    public func get<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        guard column >= 0, column < columnCount else {
            throw PostgresError(.decoding, "there is no column \(column) in a row of \(columnCount)")
        }
        do throws(PostgresError) {
            return try Value.decode(value(at: Int32(column)))
        } catch {
            var error = error
            error.column = PQfname(result.handle, Int32(column)).map { String(cString: $0) }
            error.message = "column \(error.column ?? "\(column)"): \(error.message)"
            throw error
        }
    }

    /// Decodes the column of a name, which is searched for; in a long loop its position is quicker.
    public func get<Value: PostgresDecodable>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        let position = PQfnumber(result.handle, "\"\(column)\"")
        guard position >= 0 else { throw PostgresError(.decoding, "the result has no column \(column)") }
        return try get(Int(position))
    }

    public var columnCount: Int {
        Int(PQnfields(result.handle))
    }

    private func next<Value: PostgresDecodable>(
        _ column: inout Int, as type: Value.Type
    ) throws(PostgresError) -> Value {
        defer { column += 1 }
        return try get(column)
    }

    private func value(at column: Int32) -> PostgresValue {
        let oid = PQftype(result.handle, column)
        if PQgetisnull(result.handle, index, column) == 1 { return PostgresValue(oid: oid, bytes: nil) }
        let length = Int(PQgetlength(result.handle, index, column))
        return PostgresValue(
            oid: oid, bytes: UnsafeRawBufferPointer(start: PQgetvalue(result.handle, index, column), count: length))
    }
}

@available(*, unavailable)
extension Row: Sendable {}
