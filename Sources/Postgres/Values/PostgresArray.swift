// Arrays in the binary format of array_send(): dimensions, a flag for NULLs, the element type, then per dimension its
// length and lower bound, then each element with its length, -1 for NULL. One dimension, as Swift's arrays are.

extension Array: PostgresEncodable where Element: PostgresEncodable {
    public static var postgresType: PostgresType { Element.postgresArrayType }

    public func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        try Element.encode(array: self, into: &bytes)
    }
}

extension PostgresEncodable {
    public static func encode(array: [Self], into bytes: inout [UInt8]) throws(PostgresError) {
        guard postgresType.arrayOID != 0 else {
            throw PostgresError(.encoding, "an array of arrays is no parameter: flatten it, or pass one array a column")
        }
        guard let count = Int32(exactly: array.count) else {
            throw PostgresError(.encoding, "an array of \(array.count) elements is too long for PostgreSQL")
        }
        bytes.appendBigEndian(Int32(array.isEmpty ? 0 : 1))
        let nullFlag = bytes.count
        bytes.appendBigEndian(Int32(0))
        bytes.appendBigEndian(postgresType.oid)
        if array.isEmpty { return }
        bytes.appendBigEndian(count)
        bytes.appendBigEndian(Int32(1))
        for element in array {
            if element.isNull {
                bytes.appendBigEndian(Int32(-1))
                bytes[nullFlag + 3] = 1
            } else {
                try bytes.appendWithLength { bytes throws(PostgresError) in try element.encode(into: &bytes) }
            }
        }
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    public static func decode(_ value: PostgresValue) throws(PostgresError) -> [Element] {
        try Element.decode(array: value)
    }
}

extension PostgresDecodable {
    public static func decode(array value: PostgresValue) throws(PostgresError) -> [Self] {
        var reader = BinaryReader(try value.content(as: "array"))
        guard let dimensions = reader.int32(), reader.int32() != nil, let elementOID = reader.uint32() else {
            throw .undecodable(value, as: "array")
        }
        if dimensions == 0 { return [] }
        guard dimensions == 1, let count = reader.int32(), reader.int32() != nil,
            // Each element takes at least its length field, so a count beyond that is no array.
            count >= 0, Int(count) <= reader.remaining / 4
        else {
            throw .undecodable(value, as: "array of one dimension")
        }
        var elements: [Self] = []
        elements.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let length = reader.int32() else { throw .undecodable(value, as: "array") }
            if length < 0 {
                elements.append(try decode(PostgresValue(oid: elementOID, bytes: nil)))
            } else {
                guard let bytes = reader.bytes(Int(length)) else { throw .undecodable(value, as: "array") }
                elements.append(try decode(PostgresValue(oid: elementOID, bytes: bytes)))
            }
        }
        return elements
    }
}
