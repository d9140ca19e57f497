import FoundationEssentials
import Testing

@testable import Postgres

@Suite("What is stored comes back as it was")
struct RoundTripTests {
    private func roundTrip<Value: PostgresEncodable & PostgresDecodable & Equatable>(
        _ value: Value, on connection: Connection
    ) throws {
        #expect(try connection.query("SELECT $1", value).only().decode(Value.self) == value)
        let some: Value? = try connection.query("SELECT $1", Optional(value)).only().get(0)
        #expect(some == value)
        let none: Value? = try connection.query("SELECT $1", Optional<Value>.none).only().get(0)
        #expect(none == nil)
    }

    private func everywhere<Value: PostgresEncodable & PostgresDecodable & Equatable>(
        _ values: [Value], on connection: Connection
    ) throws {
        for value in values { try roundTrip(value, on: connection) }
        try roundTrip(values, on: connection)
        try roundTrip([Value](), on: connection)
        try roundTrip([nil] + values.map { Optional($0) } + [nil], on: connection)
    }

    @Test("every type, alone, optional, in arrays and in arrays with NULLs")
    func everyType() throws {
        let connection = try Server.connect()
        try everywhere([Int16.min, 0, .max], on: connection)
        try everywhere([Int32.min, 0, .max], on: connection)
        try everywhere([Int64.min, 0, .max], on: connection)
        try everywhere([Int.min, 0, .max], on: connection)
        try everywhere([true, false], on: connection)
        try everywhere([UUID(), UUID()], on: connection)
        try everywhere(["", "plain", "Grüße 👋🏽 \u{1}\"{},\\", String(repeating: "x", count: 100_000)], on: connection)
        try everywhere([[UInt8](), [0, 1, 255], Array(repeating: 0, count: 10_000)], on: connection)
        try everywhere([JSONB(#"{"a": [1, null, "\\u0001"]}"#), JSONB("null")], on: connection)
    }

    @Test("times keep their microseconds, from 4713 BC to 294276, and infinity")
    func times() throws {
        let connection = try Server.connect()
        let moments = [0, 1_700_000_000.123456, -9_999_999_999.5, 4_000_000_000.999999].map {
            Date(timeIntervalSince1970: $0)
        }
        let rows = try connection.query(
            "SELECT t, extract(epoch FROM t)::text FROM unnest($1) AS t", moments)
        let texts = try rows.decode(Date.self, String.self)
        #expect(
            texts.map { ($0.0.timeIntervalSince1970 * 1_000_000).rounded() } == [
                0, 1_700_000_000_123_456, -9_999_999_999_500_000, 4_000_000_000_999_999,
            ])
        #expect(texts.map(\.1) == ["0.000000", "1700000000.123456", "-9999999999.500000", "4000000000.999999"])
        try everywhere(
            [
                Date(timeIntervalSinceReferenceDate: .infinity), Date(timeIntervalSinceReferenceDate: -.infinity),
                Date(timeIntervalSince1970: -210_000_000_000), Date(timeIntervalSince1970: 9_000_000_000_000),
            ], on: connection)
    }

    @Test("narrow columns widen; wide ones are refused rather than cut off")
    func widths() throws {
        let row = try Server.connect().query("SELECT 1::int2, 2::int4, 3::int8").only()
        #expect(try row.decode(Int.self, Int.self, Int.self) == (1, 2, 3))
        let error = #expect(throws: PostgresError.self) { try row.get(2, as: Int32.self) }
        #expect(error?.code == .decoding)
    }

    @Test("text reads enums, json, names and varchar; JSONB reads json")
    func texts() throws {
        try TestDatabase.with { database in
            let connection = try database.connect()
            try connection.execute(script: "CREATE TYPE mood AS ENUM ('sad', 'happy')")
            let row = try connection.query(
                """
                SELECT 'happy'::mood, '{"a":1}'::json, 'x'::name, 'y'::varchar(3), array['sad'::mood], '[1]'::json
                """
            ).only()
            let (mood, json, name, varchar, moods, asJSONB) = try row.decode(
                String.self, String.self, String.self, String.self, [String].self, JSONB.self)
            #expect([mood, json, name, varchar] == ["happy", #"{"a":1}"#, "x", "y"])
            #expect(moods == ["sad"])
            #expect(asJSONB.text == "[1]")
            #expect(try connection.query("SELECT $1::mood::text", "sad").only().get(0) == "sad")
        }
    }

    @Test("a wrong type, a NULL, a wrong count or an unknown column is a typed error that names the column")
    func mismatches() throws {
        let row = try Server.connect().query("SELECT 1::numeric AS price, NULL::text AS name").only()
        for decode in [
            { _ = try row.get("price", as: Int.self) }, { _ = try row.get("name", as: String.self) },
            { _ = try row.decode(Int.self) }, { _ = try row.get("nothing", as: Int.self) },
            { _ = try row.get(2, as: Int.self) },
        ] as [() throws -> Void] {
            let error = #expect(throws: PostgresError.self) { try decode() }
            #expect(error?.code == .decoding)
        }
        let error = #expect(throws: PostgresError.self) { try row.get(1, as: String.self) }
        #expect(error?.column == "name")
        #expect(try row.get("name", as: String?.self) == nil)
    }

    @Test("a batch of 256 rows goes in as one statement with an array for each column")
    func unnest() throws {
        let connection = try Server.connect()
        let ids = (0..<256).map { _ in UUID() }
        let rows = try connection.query(
            "SELECT id, n, note FROM unnest($1, $2, $3) AS batch (id, n, note)",
            ids, Array(0..<256), (0..<256).map { $0.isMultiple(of: 2) ? "even" : nil })
        #expect(rows.count == 256)
        #expect(rows.affected == 256)
        for (index, row) in rows.enumerated() {
            let (id, number, note) = try row.decode(UUID.self, Int.self, String?.self)
            #expect(id == ids[index] && number == index && note == (index.isMultiple(of: 2) ? "even" : nil))
        }
    }
}
