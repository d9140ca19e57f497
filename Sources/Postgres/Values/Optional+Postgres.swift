extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    public static var postgresType: PostgresType { Wrapped.postgresType }

    public var isNull: Bool { self?.isNull ?? true }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        try self?.encode(into: &bytes)
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public static func decode(_ value: PostgresValue) throws(PostgresError) -> Wrapped? {
        if value.bytes == nil { return nil }
        return try Wrapped.decode(value)
    }
}
