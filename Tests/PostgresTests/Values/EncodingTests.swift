import FoundationEssentials
import Testing

@testable import Postgres

@Suite("A value's binary form is PostgreSQL's")
struct EncodingTests {
    private func bytes(_ value: some PostgresEncodable) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try value.encode(into: &bytes)
        return bytes
    }

    @Test("integers are big-endian, of their own width; Int is eight bytes")
    func integers() throws {
        #expect(try bytes(Int16(-2)) == [0xFF, 0xFE])
        #expect(try bytes(Int32(258)) == [0, 0, 1, 2])
        #expect(try bytes(258) == [0, 0, 0, 0, 0, 0, 1, 2])
    }

    @Test("a date counts microseconds from the year 2000")
    func dates() throws {
        #expect(try bytes(Date(timeIntervalSince1970: 946_684_800)) == [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(try bytes(Date(timeIntervalSince1970: 946_684_800.000001)) == [0, 0, 0, 0, 0, 0, 0, 1])
        #expect(try bytes(Date(timeIntervalSinceReferenceDate: .infinity)) == [0x7F] + Array(repeating: 0xFF, count: 7))
    }

    @Test("a date that no timestamptz can hold is refused", arguments: [1e300, -1e300, .nan])
    func datesOutOfRange(seconds: Double) {
        let error = #expect(throws: PostgresError.self) {
            try bytes(Date(timeIntervalSinceReferenceDate: seconds))
        }
        #expect(error?.code == .encoding)
    }

    @Test("an array names its element type, its length and each element's length, NULL being -1")
    func arrays() throws {
        #expect(
            try bytes([Int16(7), nil]) == [
                0, 0, 0, 1,  // one dimension
                0, 0, 0, 1,  // has NULLs
                0, 0, 0, 21,  // int2
                0, 0, 0, 2,  // two elements,
                0, 0, 0, 1,  // counted from 1
                0, 0, 0, 2, 0, 7,
                0xFF, 0xFF, 0xFF, 0xFF,
            ])
        #expect(try bytes([String]()) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25])
    }

    @Test("the type of an array follows from its elements; bytes are bytea, not an array")
    func types() {
        #expect([UUID].postgresType.oid == PostgresType.uuid.arrayOID)
        #expect([UUID?].postgresType.oid == PostgresType.uuid.arrayOID)
        #expect([UInt8].postgresType == .bytea)
        #expect([UInt8]?.postgresType == .bytea)
        #expect([[UInt8]].postgresType.oid == PostgresType.bytea.arrayOID)
        #expect([[UInt8]?].postgresType.oid == PostgresType.bytea.arrayOID)
    }

    @Test("an array of arrays is refused")
    func nested() {
        #expect(throws: PostgresError.self) { try bytes([[1], [2, 3]]) }
    }

    @Test("text with a NUL is refused, alone, in an array and in JSON, and the parameter is named")
    func nul() throws {
        #expect(throws: PostgresError.self) { try bytes("a\0b") }
        #expect(throws: PostgresError.self) { try bytes(["a", nil, "\0"]) }
        #expect(throws: PostgresError.self) { try bytes(JSONB("{\0}")) }
        #expect(try bytes([UInt8]([0, 1])) == [0, 1])

        let error = #expect(throws: PostgresError.self) { _ = try Parameters([1, "a\0b"]) }
        #expect(error?.code == .encoding)
        #expect(error?.message.hasPrefix("$2: ") == true)
    }

    @Test("parameters lie one after the other; an empty text is not NULL")
    func parameters() throws {
        let parameters = try Parameters([Int32(1), String?.none, "", "ab"])
        #expect(parameters.types == [23, 25, 25, 25])
        parameters.withPointers { values, lengths, formats in
            #expect((0..<4).map { lengths?[$0] } == [4, 0, 0, 2])
            #expect((0..<4).map { formats?[$0] } == [1, 1, 1, 1])
            #expect((0..<4).map { values?[$0] == nil } == [false, true, false, false])
        }
        try Parameters([""]).withPointers { values, _, _ in #expect(values?[0] != nil) }
    }

    @Test("a hostile array is refused, not trusted", arguments: 0..<28)
    func truncatedArrays(length: Int) throws {
        let whole = try bytes([Int32(1)])
        #expect(throws: PostgresError.self) {
            try whole.prefix(length).withUnsafeBytes { raw in
                _ = try [Int32].decode(PostgresValue(oid: PostgresType.int4.arrayOID, bytes: raw))
            }
        }
    }
}
