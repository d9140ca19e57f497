import Commerce
import FoundationEssentials
import TestSupport
import Testing

@Suite("Times are read as RFC 3339 writes them, and told to the millisecond in UTC")
struct TimeTests {
    @Test(
        "RFC 3339 in, UTC with milliseconds out",
        arguments: [
            ("2026-11-23T11:10:10.513Z", "2026-11-23T11:10:10.513Z"),
            ("2026-11-23t11:10:10z", "2026-11-23T11:10:10.000Z"),
            ("2026-11-23T12:10:10+01:00", "2026-11-23T11:10:10.000Z"), ("2024-02-29", "2024-02-29T00:00:00.000Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("2000-02-29T00:00:00.1-00:30", "2000-02-29T00:30:00.100Z"),
            ("2026-11-23 11:10:10.123456789Z", "2026-11-23T11:10:10.123Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"),
            ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00.000Z"),
            ("2026-03-01T00:30:00+23:59", "2026-02-28T00:31:00.000Z"),
            ("2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00.000Z"),
            ("2026-11-23T11:10:10.9996Z", "2026-11-23T11:10:10.999Z"),
        ])
    func times(text: String, printed: String) {
        #expect(Date(rfc3339: text)?.rfc3339 == printed)
    }

    @Test(
        "what is no time is none",
        arguments: [
            "", "2026", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "2026-02-30", "2025-02-29",
            "1900-02-29", "2026-11-23T", "2026-11-23T24:00:00Z", "2026-11-23T25:00:00Z", "2026-11-23T11:60:00Z",
            "2026-11-23T11:10:61Z", "2026-11-23T11:10:10", "2026-11-23T11:10Z", "2026-11-23T11:10:10.Z",
            "2026-11-23T11:10:10,5Z", "2026-11-23T11:10:10+1:00", "2026-11-23T11:10:10+24:00",
            "2026-11-23T11:10:10+01:60", "2026-11-23T11:10:10+0100", "2026-11-23T11:10:10ZZ", " 2026-11-23",
            "2026-11-23 ", "23.11.2026", "1763895010", "+002026-11-23T11:10:10Z", "２026-11-23", "2026-11-2\u{0663}",
            "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        ])
    func noTime(text: String) {
        #expect(Date(rfc3339: text) == nil)
    }

    @Test("every millisecond of ten thousand years is printed and read again, by samples")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            let milliseconds = Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &random)
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
            let read = try #require(Date(rfc3339: date.rfc3339))
            #expect((read.timeIntervalSince1970 * 1_000).rounded() == Double(milliseconds), "\(date.rfc3339)")
        }
    }

    @Test("an offset says the same time in other words")
    func offsets() throws {
        let utc = try #require(Date(rfc3339: "2026-11-23T00:00:00Z"))
        for minutes in stride(from: 0, through: 23 * 60 + 59, by: 7) {
            let offset = "\(String(100 + minutes / 60).dropFirst()):\(String(100 + minutes % 60).dropFirst())"
            let east = try #require(Date(rfc3339: "2026-11-23T00:00:00+\(offset)"))
            let west = try #require(Date(rfc3339: "2026-11-23T00:00:00-\(offset)"))
            #expect(utc.timeIntervalSince(east) == Double(minutes * 60))
            #expect(west.timeIntervalSince(utc) == Double(minutes * 60))
        }
    }

    @Test(
        "a time that RFC 3339 has no words for is told as the nearest that it has",
        arguments: [
            (-1e300, "0000-01-01T00:00:00.000Z"), (-.infinity, "0000-01-01T00:00:00.000Z"),
            (1e18, "9999-12-31T23:59:59.999Z"), (.infinity, "9999-12-31T23:59:59.999Z"),
        ])
    func beyond(seconds: Double, printed: String) {
        #expect(Date(timeIntervalSince1970: seconds).rfc3339 == printed)
    }

    @Test("random text never crashes the reader")
    func mutations() {
        var random = SeededGenerator(seed: 5)
        let text = Array("2026-11-23T11:10:10.513+01:00".utf8)
        for _ in 0..<20_000 {
            var mutated = text
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                mutated[.random(in: 0..<mutated.count, using: &random)] = .random(in: 0x20...0x7E, using: &random)
            }
            let date = Date(
                rfc3339: String(decoding: mutated.prefix(.random(in: 0...29, using: &random)), as: UTF8.self))
            if let date { #expect(Date(rfc3339: date.rfc3339) != nil) }
        }
    }
}
