/// The type of a parameter or column: its OID and that of its arrays (`pg_type.dat`; built-in OIDs never change).
public struct PostgresType: Sendable, Hashable {
    public let oid: UInt32
    /// The OID of the type's array; 0 where this module has none (arrays of arrays).
    public let arrayOID: UInt32

    public init(oid: UInt32, arrayOID: UInt32 = 0) {
        self.oid = oid
        self.arrayOID = arrayOID
    }

    public static let bool = PostgresType(oid: 16, arrayOID: 1000)
    public static let bytea = PostgresType(oid: 17, arrayOID: 1001)
    /// `"char"`, the one-byte type; not `character(1)`.
    public static let char = PostgresType(oid: 18, arrayOID: 1002)
    public static let name = PostgresType(oid: 19, arrayOID: 1003)
    public static let int8 = PostgresType(oid: 20, arrayOID: 1016)
    public static let int2 = PostgresType(oid: 21, arrayOID: 1005)
    public static let int4 = PostgresType(oid: 23, arrayOID: 1007)
    public static let text = PostgresType(oid: 25, arrayOID: 1009)
    public static let json = PostgresType(oid: 114, arrayOID: 199)
    public static let bpchar = PostgresType(oid: 1042, arrayOID: 1014)
    public static let varchar = PostgresType(oid: 1043, arrayOID: 1015)
    public static let timestamptz = PostgresType(oid: 1184, arrayOID: 1185)
    public static let uuid = PostgresType(oid: 2950, arrayOID: 2951)
    public static let jsonb = PostgresType(oid: 3802, arrayOID: 3807)

    /// Types that an extension or `CREATE TYPE` made, enums among them, have OIDs from here on.
    static let firstUserDefinedOID: UInt32 = 16_384
}
