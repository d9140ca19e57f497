/// The orders of the benchmark: the same for the spool and for what it is compared with, by their number.
struct SampleOrders {
    static let products = 10_000
    static let customers = 5_000

    /// Where there is one, each order has an external id, which the spool must look up and keep.
    let hasExternalIDs: Bool

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

    func customerID(of order: Int) -> String { Self.id(order % Self.customers, kind: "c") }

    func externalID(of order: Int) -> String? { hasExternalIDs ? "B-\(order)" : nil }

    static func productID(_ number: Int) -> String { id(number, kind: "a") }

    private static func id(_ number: Int, kind: String) -> String {
        let digits = String(number)
        return "01960000-0000-7000-8\(kind)00-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// The order as a line of NDJSON.
    func line(_ order: Int) -> String {
        let items = items(of: order).map { item in
            #"{"productId":"\#(Self.productID(item.product))","quantity":\#(item.quantity)}"#
        }
        let externalID = externalID(of: order).map { #","externalId":"\#($0)""# } ?? ""
        return
            #"{"customerId":"\#(customerID(of: order))","items":[\#(items.joined(separator: ","))]\#(externalID)}"#
            + "\n"
    }
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
