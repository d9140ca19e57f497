import Commerce
import Foundation
import Testing

@testable import CustomerService

@Suite("What is known of an order depends on which events came, not on their order or number")
struct OrderFactsTests {
    private let order = TestOrder()

    private func facts(_ text: String, at second: Double = 0) throws -> OrderFacts {
        OrderFacts(try ReceivedOrderEvent(text), receivedAt: Date(timeIntervalSince1970: second))
    }

    @Test("joining is commutative, associative and idempotent")
    func semilattice() throws {
        var dearer = order
        dearer.total = "30"
        dearer.quantity = 9
        dearer.createdAt = "2020-01-01T00:00:00Z"
        let all = try [order.poor, order.rich(), order.cancelled, dearer.poor, dearer.rich()].enumerated().map {
            try facts($1, at: Double($0))
        }
        for a in all {
            #expect(a.joined(a) == a)
            for b in all {
                #expect(a.joined(b) == b.joined(a))
                for c in all { #expect(a.joined(b).joined(c) == a.joined(b.joined(c))) }
            }
        }
    }

    @Test("the richer event fills what the poorer one lacked, whichever came first")
    func richer() throws {
        let (poor, rich) = (try facts(order.poor, at: 5), try facts(order.rich(), at: 9))
        for joined in [poor.joined(rich), rich.joined(poor)] {
            #expect(joined.pieces == 3)
            #expect(joined.orderedAt.rfc3339 == order.createdAt)
            #expect(joined.isOrderedAtKnown)
        }
    }

    @Test("events of one order in one batch become one entry; entries are in the order in which rows are locked")
    func update() throws {
        let orders = (0..<20).map { _ in TestOrder() }
        let events = try orders.flatMap { try [ReceivedOrderEvent($0.rich(name: nil)), ReceivedOrderEvent($0.poor)] }
        let update = ProjectionUpdate(events.shuffled(), receivedAt: .now)
        #expect(update.orders.map(\.orderID.description) == orders.map(\.id).sorted())
        #expect(update.buyers.map(\.customer.text) == orders.map(\.customer).sorted())
        #expect(update.buyers.allSatisfy { $0.email == "ada@example.com" && $0.name == nil })
    }

    @Test("a cancelled order counts as one cancellation and costs nothing")
    func change() {
        let standing = StatisticsChange.order(totalMinor: 500, isCancelled: false)
        let cancelled = StatisticsChange.order(totalMinor: 500, isCancelled: true)
        #expect(standing == StatisticsChange(orders: 1, spentMinor: 500, cancelled: 0))
        #expect(cancelled - standing == StatisticsChange(orders: -1, spentMinor: -500, cancelled: 1))
        #expect(standing - standing == .none)
    }
}

extension OrderFacts {
    fileprivate func joined(_ other: OrderFacts) -> OrderFacts {
        var joined = self
        joined.join(other)
        return joined
    }
}
