import Commerce
import Foundation
import Testing

@testable import CustomerService

@Suite("A customer's statistics as JSON")
struct SummaryTests {
    private func text(_ summary: CustomerSummary) -> String {
        var writer = JSONWriter()
        writer.summary(summary)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: .usd) }

    @Test("a customer without orders has zeros and null dates")
    func empty() throws {
        let summary = CustomerSummary(
            customer: try #require(CustomerKey("1")), totalOrders: 0, totalSpent: money(0), cancelledOrders: 0,
            firstOrderDate: nil, recent: [])
        #expect(
            text(summary)
                == #"{"customerId":"1","totalOrders":0,"totalSpent":0.00,"averageOrderValue":0.00,"#
                + #""lastOrderDate":null,"firstOrderDate":null,"currency":"USD","cancelledOrders":0,"recent":[]}"#)
    }

    @Test("amounts have the currency's decimals, the average is rounded to them, the last date is the newest order's")
    func orders() throws {
        let id = try #require(OrderID("156607ce-f019-448b-a4b1-e7a81aa891dd"))
        let (first, last) = (Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: 86_400.5))
        let summary = CustomerSummary(
            customer: try #require(CustomerKey("zoë")), totalOrders: 3, totalSpent: money(2_000), cancelledOrders: 1,
            firstOrderDate: first,
            recent: [
                .init(id: id, total: money(1_550), isCancelled: true, pieces: nil, orderedAt: last)
            ])
        #expect(
            text(summary)
                == #"{"customerId":"zoë","totalOrders":3,"totalSpent":20.00,"averageOrderValue":6.67,"#
                + #""lastOrderDate":"1970-01-02T00:00:00.500Z","firstOrderDate":"1970-01-01T00:00:00.000Z","#
                + #""currency":"USD","cancelledOrders":1,"recent":[{"id":"156607ce-f019-448b-a4b1-e7a81aa891dd","#
                + #""total":15.50,"currency":"USD","status":"CANCELLED","pieces":null,"#
                + #""createdAt":"1970-01-02T00:00:00.500Z"}]}"#)
    }
}
