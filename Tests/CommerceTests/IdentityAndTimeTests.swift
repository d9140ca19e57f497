import Commerce
import FoundationEssentials
import Testing

@Suite("Ids rise with time, and times are told to the millisecond")
struct IdentityAndTimeTests {
    @Test("a UUIDv7 has its version, its variant and its time")
    func layout() {
        let time = Date(timeIntervalSince1970: 1_795_432_210.513)
        let uuid = UUIDv7().next(at: time)
        #expect(uuid.uuid.6 >> 4 == 7)
        #expect(uuid.uuid.8 >> 6 == 0b10)
        #expect(uuid.timestamp == time)
    }

    @Test("ids rise within a millisecond, when the clock steps back, and past four thousand at once")
    func rising() {
        let generator = UUIDv7()
        let now = Date()
        var ids = (0..<10_000).map { _ in OrderID(generator.next(at: now)) }
        ids += (0..<10).map { _ in OrderID(generator.next(at: now - 60)) }
        #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
    }

    @Test("ids made by many at once are all different")
    func concurrent() async {
        let generator = UUIDv7()
        let ids = await withTaskGroup(of: [UUID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5_000).map { _ in generator.next() } } }
            return await group.reduce(into: Set<UUID>()) { $0.formUnion($1) }
        }
        #expect(ids.count == 40_000)
    }

    @Test("the lower bound of a time is below every id of that time, and above those before")
    func lowerBound() {
        let time = Date.wholeMilliseconds
        let bound = OrderID(UUIDv7.lowerBound(of: time))
        #expect(bound < OrderID(UUIDv7().next(at: time)))
        #expect(OrderID(UUIDv7().next(at: time - 0.001)) < bound)
    }

    @Test("an id is read in either case and printed in lower case")
    func text() throws {
        let text = "01890A5D-AC96-774B-BCCE-B302099A8057"
        #expect(try #require(ProductID(text)).description == text.lowercased())
    }

    @Test(
        "what is no UUID is none",
        arguments: [
            "", "01890a5d-ac96-774b-bcce-b302099a805", "01890a5d-ac96-774b-bcce-b302099a80577",
            "01890a5dac96774bbcceb302099a8057", "{01890a5d-ac96-774b-bcce-b302099a8057}",
            "01890a5d-ac96-774b-bcce-b302099a805g", "01890a5d_ac96_774b_bcce_b302099a8057",
        ])
    func noUUID(text: String) {
        #expect(ProductID(text) == nil)
    }

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
        ])
    func times(text: String, printed: String) {
        #expect(Date(rfc3339: text)?.rfc3339 == printed)
    }

    @Test(
        "what is no time is none",
        arguments: [
            "", "2026", "2026-13-01", "2026-02-30", "2025-02-29", "2026-11-23T", "2026-11-23T25:00:00Z",
            "2026-11-23T11:10:10",
            "2026-11-23T11:10:10.Z", "2026-11-23T11:10:10+1:00", "2026-11-23T11:10:10ZZ", "23.11.2026", "1763895010",
        ])
    func noTime(text: String) {
        #expect(Date(rfc3339: text) == nil)
    }

    @Test("every day of four centuries is printed and read again")
    func days() {
        for day in stride(from: -73_000, through: 73_000, by: 17) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 12_345.678)
            #expect(Date(rfc3339: date.rfc3339)?.rfc3339 == date.rfc3339)
        }
    }

    @Test("an order goes its way step by step, and can be cancelled from the first two")
    func statuses() {
        let steps = OrderStatus.allCases.flatMap { from in from.successors.map { "\(from.rawValue)>\($0.rawValue)" } }
        #expect(
            steps == [
                "CREATED>PROCESSING", "CREATED>CANCELLED", "PROCESSING>SHIPPED", "PROCESSING>CANCELLED",
                "SHIPPED>DELIVERED",
            ])
    }
}
