import Commerce
import Foundation

@testable import CustomerService

/// An order that tests send events of, in the shapes that producers use.
struct TestOrder: Sendable {
    var id = UUID().uuidString.lowercased()
    var customer = UUID().uuidString.lowercased()
    var total = "24.25"
    var createdAt = "2026-11-23T11:10:10.513Z"
    var quantity = 3

    /// Only what the poorest NestJS producer sends.
    var poor: String {
        #"{"pattern":"order_created","data":{"orderId":"\#(id)","customerId":"\#(customer)","amount":\#(total)}}"#
    }

    /// What productd sends, as far as a consumer reads it.
    func rich(_ pattern: String = "order_created", name: String? = "Ada", email: String? = "ada@example.com") -> String
    {
        let item = #"{"productId":"7f9c24e8-3b12-4fef-91e0-aa0000000001","quantity":\#(quantity),"price":1}"#
        let person =
            (name.map { #","name":"\#($0)""# } ?? "") + (email.map { #","email":"\#($0)""# } ?? "")
        return #"{"pattern":"\#(pattern)","data":{"id":"\#(id)","customerId":"\#(customer)","items":[\#(item)],"#
            + #""total":\#(total),"currency":"USD","createdAt":"\#(createdAt)"\#(person),"version":1}}"#
    }

    var cancelled: String { rich("order_cancelled") }
}

extension ReceivedOrderEvent {
    init(_ text: String) throws {
        try self.init(decoding: Array(text.utf8), currency: .usd)
    }
}

extension JSON {
    static func parse(_ text: String) throws -> JSON {
        try parse(Array(text.utf8)).value
    }
}
