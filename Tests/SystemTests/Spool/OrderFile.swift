/// A file of orders as a partner's program writes it, NDJSON. Each order has a name of its own, so that it is known
/// again in the database; every other one also has an external id.
struct OrderFile: Sendable {
    let name: String
    let tag: String
    let product: String
    let orders: Int
    var hasBadOrder = false

    static let customer = "8f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c"

    /// The names of its good orders.
    var orderNames: [String] { (1...max(1, orders)).prefix(orders).map { "\(tag)/\($0)" } }

    var bytes: [UInt8] {
        var text: [UInt8] = []
        for number in 1...max(1, orders) where orders > 0 {
            text += line(number).utf8
            if hasBadOrder, number == (orders + 1) / 2 { text += Self.badLine.utf8 }
        }
        return text
    }

    func line(_ number: Int) -> String {
        let external = number % 2 == 0 ? #","externalId":"\#(tag)/\#(number)""# : ""
        return #"{"customerId":"\#(Self.customer)","items":[{"productId":"\#(product)","quantity":1}],"#
            + #""name":"\#(tag)/\#(number)"\#(external)}"# + "\n"
    }

    static let badLine = #"{"customerId":"\#(customer)","items":[]}"# + "\n"
}
