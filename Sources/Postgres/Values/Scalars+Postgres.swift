public import FoundationEssentials

extension Bool: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .bool }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(self ? 1 : 0)
    }

    public static func decode(_ value: PostgresValue) throws(PostgresError) -> Bool {
        let bytes = try value.content(as: "Bool")
        guard value.oid == PostgresType.bool.oid, bytes.count == 1 else { throw .undecodable(value, as: "Bool") }
        return bytes[0] != 0
    }
}

extension UUID: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .uuid }

    public func encode(into bytes: inout [UInt8]) {
        withUnsafeBytes(of: uuid) { bytes.append(contentsOf: $0) }
    }

    public static func decode(_ value: PostgresValue) throws(PostgresError) -> UUID {
        let bytes = try value.content(as: "UUID")
        guard value.oid == PostgresType.uuid.oid, bytes.count == 16 else { throw .undecodable(value, as: "UUID") }
        return UUID(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}

/// timestamptz: microseconds since 2000-01-01 UTC; infinite dates are PostgreSQL's `infinity` and `-infinity`.
extension Date: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .timestamptz }

    /// From 2000-01-01, where PostgreSQL counts from, to 2001-01-01, where `Date` does.
    private static let secondsBetweenEpochs: Int64 = 366 * 86_400

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        let seconds = timeIntervalSinceReferenceDate
        if seconds.isInfinite {
            bytes.appendBigEndian(seconds < 0 ? Int64.min : Int64.max)
            return
        }
        guard let whole = Int64(exactly: (seconds * 1_000_000).rounded()),
            case let (microseconds, false) = whole.addingReportingOverflow(Self.secondsBetweenEpochs * 1_000_000)
        else {
            throw PostgresError(.encoding, "a date beyond the range of timestamptz can't be stored")
        }
        bytes.appendBigEndian(microseconds)
    }

    public static func decode(_ value: PostgresValue) throws(PostgresError) -> Date {
        let bytes = try value.content(as: "Date")
        guard value.oid == PostgresType.timestamptz.oid, bytes.count == 8 else {
            throw .undecodable(value, as: "Date")
        }
        let microseconds = Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        switch microseconds {
        case .max: return Date(timeIntervalSinceReferenceDate: .infinity)
        case .min: return Date(timeIntervalSinceReferenceDate: -.infinity)
        default:
            // Whole seconds and the fraction apart: one Double for both would lose microseconds far from 2001.
            let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
            return Date(
                timeIntervalSinceReferenceDate: Double(seconds - secondsBetweenEpochs) + Double(fraction) / 1_000_000)
        }
    }
}
