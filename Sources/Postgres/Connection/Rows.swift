import CLibpq

/// The result of a statement: its rows, read where libpq has them, and how many rows it touched.
///
/// Not `Sendable`: decode what is needed and pass that on.
public struct Rows: RandomAccessCollection {
    let result: QueryResult
    public let endIndex: Int

    init(_ result: QueryResult) {
        self.result = result
        endIndex = Int(PQntuples(result.handle))
    }

    public var startIndex: Int { 0 }

    public subscript(position: Int) -> Row {
        precondition(position >= 0 && position < endIndex, "row \(position) of \(endIndex)")
        return Row(result: result, index: Int32(position))
    }

    /// How many rows an INSERT, UPDATE, DELETE or SELECT touched.
    public var affected: Int {
        Int(String(cString: PQcmdTuples(result.handle))) ?? 0
    }

    /// The command tag: `INSERT 0 3`, `COMMIT`.
    var tag: String {
        String(cString: PQcmdStatus(result.handle))
    }

    /// The one row of a result that has exactly one.
    public func only() throws(PostgresError) -> Row {
        guard count == 1 else { throw PostgresError(.decoding, "one row was expected, the result has \(count)") }
        return self[0]
    }

    /// Decodes every row.
    public func decode<each Value: PostgresDecodable>(
        _ types: repeat (each Value).Type
    ) throws(PostgresError) -> [(repeat each Value)] {
        var decoded: [(repeat each Value)] = []
        decoded.reserveCapacity(count)
        for row in self { decoded.append(try row.decode(repeat each types)) }
        return decoded
    }
}

@available(*, unavailable)
extension Rows: Sendable {}
