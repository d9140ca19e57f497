import Testing

@testable import ProductService

@Suite("A writer's lane is woken when it is worth it")
struct LaneRosterTests {
    private let began = ContinuousClock.now
    /// Two lanes that sleep; ten orders are a crowd.
    private var roster: LaneRoster

    init() {
        roster = LaneRoster(crowd: 10, patience: .milliseconds(5))
        roster.sleeps()
        roster.sleeps()
    }

    /// Whether each of so many orders wakes a lane.
    private mutating func arrive(_ count: Int, after time: Duration = .zero) -> [Bool] {
        (0..<count).map { _ in roster.arrived(1, at: began + time) }
    }

    /// The first order has come, and one lane writes it.
    private mutating func begin() {
        _ = arrive(1)
        roster.wakes()
        roster.took(1)
    }

    @Test("the first order wakes a lane, and those behind it wait for that one")
    mutating func first() {
        let wakes = arrive(3)
        #expect(wakes == [true, false, false])
    }

    @Test("while a lane writes, what comes waits for it until there is a crowd")
    mutating func crowd() {
        begin()
        let wakes = arrive(11)
        #expect(wakes == Array(repeating: false, count: 9) + [true, false])
    }

    @Test("while a lane writes and takes long, the next order wakes another one")
    mutating func slow() {
        begin()
        let wakes = arrive(1) + arrive(1, after: .milliseconds(5)) + arrive(1, after: .milliseconds(6))
        #expect(wakes == [false, false, true])
    }

    @Test("a lane that comes back while another one writes leaves it what is no crowd")
    mutating func comesBack() {
        begin()
        _ = arrive(9)
        #expect(!roster.isWorthTaking(at: began))
        _ = arrive(1)
        #expect(roster.isWorthTaking(at: began))
    }

    @Test("once no lane writes any more, an order wakes one at once")
    mutating func released() {
        begin()
        roster.released()
        let wakes = arrive(1)
        #expect(wakes == [true])
    }

    @Test("orders that were given back are no part of a crowd")
    mutating func lost() {
        begin()
        let before = arrive(9)
        roster.lost()
        let after = arrive(9)
        #expect(before + after == Array(repeating: false, count: 18))
    }

    @Test("while no lane sleeps there is none to wake")
    mutating func nobodySleeps() {
        begin()
        roster.wakes()
        let wakes = arrive(20)
        #expect(!wakes.contains(true))
    }
}
