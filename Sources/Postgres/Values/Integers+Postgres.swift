// int2, int4 and int8. A column may be narrower than the Swift type that reads it, never wider: nothing is cut off.

/// An integer that PostgreSQL has; `encode` and `decode` are the same for each.
public protocol PostgresInteger: PostgresEncodable, PostgresDecodable, FixedWidthInteger {}

extension Int16: PostgresInteger {
    public static var postgresType: PostgresType { .int2 }
}

extension Int32: PostgresInteger {
    public static var postgresType: PostgresType { .int4 }
}

extension Int64: PostgresInteger {
    public static var postgresType: PostgresType { .int8 }
}

/// As int8, whatever the machine's word is.
extension Int: PostgresInteger {
    public static var postgresType: PostgresType { .int8 }
}

extension PostgresInteger {
    public func encode(into bytes: inout [UInt8]) {
        bytes.appendBigEndian(self)
    }

    public static func decode(_ value: PostgresValue) throws(PostgresError) -> Self {
        let bytes = try value.content(as: "\(Self.self)")
        let wide: Int64? =
            switch (value.oid, bytes.count) {
            case (PostgresType.int8.oid, 8): Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
            case (PostgresType.int4.oid, 4): Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
            case (PostgresType.int2.oid, 2): Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
            default: nil
            }
        guard let wide, bytes.count <= MemoryLayout<Self>.size else { throw .undecodable(value, as: "\(Self.self)") }
        return Self(truncatingIfNeeded: wide)
    }
}
