import Commerce
import FoundationEssentials

/// The orders of the benchmark: the same for the daemons and for what they are compared with, by their number.
struct SampleOrders {
    static let products = 10_000

    /// How many customers take turns.
    var customers = 5_000
    /// Where there is one, each order has an external id, which the spool must look up and keep.
    var hasExternalIDs = false

    struct Item {
        /// From 1.
        let product: Int
        let quantity: Int
    }

    /// One to three items.
    func items(of order: Int) -> [Item] {
        var generator = Numbers(seed: UInt64(order))
        return (0...generator.next(below: 3)).map { _ in
            Item(product: 1 + generator.next(below: Self.products), quantity: 1 + generator.next(below: 3))
        }
    }

    func customerID(of order: Int) -> String { Self.id(order % customers, kind: "c") }

    func externalID(of order: Int) -> String? { hasExternalIDs ? "B-\(order)" : nil }

    static func productID(_ number: Int) -> String { id(number, kind: "a") }

    private static func id(_ number: Int, kind: String) -> String {
        let digits = String(number)
        return "01960000-0000-7000-8\(kind)00-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// The order as somebody asks for it, as a JSON text.
    ///
    /// - Parameter customerID: Instead of the one whose turn it is.
    func request(_ order: Int, customerID: String? = nil) -> String {
        let items = items(of: order).map { item in
            #"{"productId":"\#(Self.productID(item.product))","quantity":\#(item.quantity)}"#
        }
        let externalID = externalID(of: order).map { #","externalId":"\#($0)""# } ?? ""
        let customer = customerID ?? self.customerID(of: order)
        return #"{"customerId":"\#(customer)","items":[\#(items.joined(separator: ","))]\#(externalID)}"#
    }

    /// The order as productd accepts it.
    func accepted(_ order: Int, at now: Date) -> AcceptedSample {
        AcceptedSample(
            customerID: customerID(of: order), items: items(of: order), externalID: externalID(of: order), at: now)
    }
}

/// An order of the benchmark with its prices, and what is told of it.
struct AcceptedSample {
    let id: UUID
    let customerID: String
    let items: [SampleOrders.Item]
    let totalMinor: Int
    /// The line items as their column has them.
    let itemsJSON: String
    /// The body of its event.
    let event: String

    init(customerID: String, items: [SampleOrders.Item], externalID: String?, at now: Date) {
        id = UUIDv7.shared.next(at: now)
        self.customerID = customerID
        self.items = items
        var total = 0
        let lines = items.map { item in
            let price = 1_000 + item.product
            total += price * item.quantity
            return #"{"productId":"\#(SampleOrders.productID(item.product))","name":"Product \#(item.product)","#
                + #""quantity":\#(item.quantity),"price":\#(amount(price))}"#
        }
        totalMinor = total
        itemsJSON = "[\(lines.joined(separator: ","))]"
        let time = now.rfc3339
        let externalMember = externalID.map { #","externalId":"\#($0)""# } ?? ""
        event =
            #"{"pattern":"order_created","data":{"id":"\#(id)","customerId":"\#(customerID)","items":\#(itemsJSON),"#
            + #""total":\#(amount(total)),"currency":"USD","status":"CREATED","createdAt":"\#(time)","#
            + #""updatedAt":"\#(time)"\#(externalMember),"orderId":"\#(id)","amount":\#(amount(total)),"version":1}}"#
    }
}

/// Cents as dollars.
private func amount(_ minor: Int) -> String {
    "\(minor / 100).\(minor % 100 / 10)\(minor % 10)"
}

/// SplitMix64.
struct Numbers {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15
    }

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(bound))
    }
}
