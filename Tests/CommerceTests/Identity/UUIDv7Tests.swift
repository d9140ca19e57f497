import Commerce
import FoundationEssentials
import TestSupport
import Testing

@Suite("UUIDv7 ids rise with time")
struct UUIDv7Tests {
    @Test("an id has its version, its variant and its time, whatever the millisecond")
    func layout() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<10_000 {
            let milliseconds = Int64.random(in: 0...7_258_118_400_000, using: &random)
            let time = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
            let uuid = UUIDv7().next(at: time)
            #expect(uuid.uuid.6 >> 4 == 7 && uuid.uuid.8 >> 6 == 0b10)
            #expect(uuid.timestamp == time, "an id made at \(milliseconds) says another time")
        }
    }

    @Test("ids rise within a millisecond, when the clock steps back, and past four thousand at once")
    func rising() {
        let generator = UUIDv7()
        let now = Date()
        var ids = (0..<10_000).map { _ in OrderID(generator.next(at: now)) }
        ids += (0..<10).map { _ in OrderID(generator.next(at: now - 60)) }
        ids.append(OrderID(generator.next(at: now + 1)))
        #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
    }

    @Test("ids made by many at once are all different, and rise for each of them")
    func concurrent() async {
        let generator = UUIDv7()
        let ids = await withTaskGroup(of: [OrderID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5_000).map { _ in OrderID(generator.next()) } } }
            return await group.reduce(into: Set<OrderID>()) { all, ids in
                #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
                all.formUnion(ids)
            }
        }
        #expect(ids.count == 40_000)
    }

    @Test("the lower bound of a time is below every id of that millisecond, and above those before")
    func lowerBound() throws {
        for millisecond in 0..<1_000 {
            let digits = String(1_000 + millisecond).dropFirst()
            let time = try #require(Date(rfc3339: "2026-11-23T11:10:10.\(digits)Z"))
            let bound = OrderID(UUIDv7.lowerBound(of: time))
            #expect(bound < OrderID(UUIDv7().next(at: time)))
            #expect(OrderID(UUIDv7().next(at: time - 0.001)) < bound, "at .\(digits)")
        }
    }

    @Test("an id's time is the time that is told of its order")
    func toldTime() throws {
        for _ in 0..<1_000 {
            let now = Date.wholeMilliseconds
            #expect(UUIDv7().next(at: now).timestamp?.rfc3339 == now.rfc3339)
            #expect(Date(rfc3339: now.rfc3339) == now)
        }
    }

    @Test(
        "only a UUIDv7 says its time",
        arguments: ["00000000-0000-4000-8000-000000000001", "00000000-0000-0000-0000-000000000000"])
    func otherVersions(text: String) throws {
        #expect(try #require(OrderID(text)).uuid.timestamp == nil)
    }

    @Test(
        "no time makes the generator fail",
        arguments: [Date.distantPast, .distantFuture, Date(timeIntervalSince1970: 0)])
    func anyTime(time: Date) {
        let generator = UUIDv7()
        #expect(OrderID(generator.next(at: time)) < OrderID(generator.next(at: time)))
        #expect(OrderID(UUIDv7.lowerBound(of: time)) < OrderID(UUIDv7().next(at: time)))
    }
}
