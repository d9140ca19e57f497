import Glibc

/// text. Reads every character type, enums and json too, whose binary forms are their text.
extension String: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .text }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        let start = bytes.count
        bytes.append(contentsOf: utf8)
        try bytes.refuseNUL(from: start)
    }

    public static func decode(_ value: PostgresValue) throws(PostgresError) -> String {
        let bytes = try value.content(as: "String")
        switch value.oid {
        case PostgresType.text.oid, PostgresType.varchar.oid, PostgresType.bpchar.oid, PostgresType.name.oid,
            PostgresType.char.oid, PostgresType.json.oid, PostgresType.firstUserDefinedOID...:
            return String(decoding: bytes, as: UTF8.self)
        default:
            throw .undecodable(value, as: "String")
        }
    }
}

/// A JSON document for a jsonb column, as the UTF-8 text that it is; PostgreSQL checks it.
public struct JSONB: Sendable, Hashable, PostgresEncodable, PostgresDecodable {
    public var bytes: [UInt8]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    public var text: String {
        String(decoding: bytes, as: UTF8.self)
    }

    public static var postgresType: PostgresType { .jsonb }

    /// The version of jsonb's binary form, the only one there is (`jsonb_send()`).
    private static let version: UInt8 = 1

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        bytes.append(Self.version)
        let start = bytes.count
        bytes.append(contentsOf: self.bytes)
        try bytes.refuseNUL(from: start)
    }

    public static func decode(_ value: PostgresValue) throws(PostgresError) -> JSONB {
        let bytes = try value.content(as: "JSONB")
        switch (value.oid, bytes.first) {
        case (PostgresType.json.oid, _): return JSONB(Array(bytes))
        case (PostgresType.jsonb.oid, version): return JSONB(Array(bytes.dropFirst()))
        default: throw .undecodable(value, as: "JSONB")
        }
    }
}

/// `"char"` alone; an array of it is bytea, not an array.
extension UInt8: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .char }
    public static var postgresArrayType: PostgresType { .bytea }

    public func encode(into bytes: inout [UInt8]) {
        bytes.append(self)
    }

    public static func encode(array: [UInt8], into bytes: inout [UInt8]) {
        bytes.append(contentsOf: array)
    }

    public static func decode(_ value: PostgresValue) throws(PostgresError) -> UInt8 {
        let bytes = try value.content(as: "UInt8")
        guard value.oid == PostgresType.char.oid, bytes.count == 1 else { throw .undecodable(value, as: "UInt8") }
        return bytes[0]
    }

    public static func decode(array value: PostgresValue) throws(PostgresError) -> [UInt8] {
        let bytes = try value.content(as: "[UInt8]")
        guard value.oid == PostgresType.bytea.oid else { throw .undecodable(value, as: "[UInt8]") }
        return Array(bytes)
    }
}

extension [UInt8] {
    /// PostgreSQL stores no NUL in text, and a text parameter with one would fail the whole pipeline on the server.
    fileprivate func refuseNUL(from start: Int) throws(PostgresError) {
        let found = withUnsafeBytes { raw in
            guard let base = raw.baseAddress, start < raw.count else { return false }
            return memchr(base + start, 0, raw.count - start) != nil
        }
        if found { throw PostgresError(.encoding, "text with a NUL character (U+0000) can't be stored: remove it") }
    }
}
