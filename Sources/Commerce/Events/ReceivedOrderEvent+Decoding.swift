import FoundationEssentials

extension ReceivedOrderEvent {
    /// The largest body that is read; productd's own largest order stays well below it.
    public static let maximumBytes = 768 * 1_024

    /// Reads a message's body.
    ///
    /// - Parameter currency: The deployment's, in which an event that names none is meant.
    /// - Throws: ``OrderEventRefusal`` for a message that no later attempt can apply.
    public init(decoding body: [UInt8], currency: Currency) throws(OrderEventRefusal) {
        guard body.count <= Self.maximumBytes else {
            throw OrderEventRefusal(.tooLarge, "\(body.count) bytes are more than \(Self.maximumBytes)")
        }
        let document = try Self.document(body)
        guard case .string(let pattern)? = document.value["pattern"], let kind = OrderEvent.Kind(rawValue: pattern)
        else {
            throw OrderEventRefusal(.unknownPattern, "\"pattern\" is neither order_created nor order_cancelled")
        }
        let flaws = try Self.flaws(of: document)
        var reader = ObjectReader(document.value["data"] ?? .null, at: FieldPath.root.member("data"))
        if case .string(let code)? = reader.value("currency"), code != currency.code {
            throw OrderEventRefusal(.otherCurrency, "data.currency is not \(currency.code)")
        }
        let orderID = reader.orderID()
        let customer = reader.customerKey("customerId")
        let total = reader.amount(reader.value("total") != nil ? "total" : "amount", in: currency)
        let createdAt = reader.time("createdAt")
        guard reader.faults.isEmpty, let orderID, let customer, let total else { throw Self.invalid(reader.faults) }
        self.init(
            kind: kind, orderID: orderID, customer: customer, total: total, createdAt: createdAt,
            pieces: flaws.contains { $0.hasPrefix("/data/items") } ? nil : reader.pieces("items"),
            name: flaws.contains("/data/name") ? nil : reader.lenientString("name"),
            email: flaws.contains("/data/email") ? nil : reader.lenientString("email"))
    }

    /// The places that decide which order is counted, for whom, and with how much.
    private static let decisive: Set = [
        "/pattern", "/data", "/data/id", "/data/orderId", "/data/customerId", "/data/total", "/data/amount",
        "/data/currency", "/data/createdAt",
    ]

    /// Where the text is faulty without harm, such as a name that some program cut in the middle of an emoji.
    private static func flaws(of document: JSON.Document) throws(OrderEventRefusal) -> Set<String> {
        // There may be more of them, and one of those harmful. The names in them are the sender's, of any length.
        guard document.faults.count < Fault.maximumCount else {
            throw OrderEventRefusal(.invalidData, "the body has \(Fault.maximumCount) faults or more")
        }
        let harmful = document.faults.filter { decisive.contains($0.pointer) }
        guard harmful.isEmpty else { throw invalid(harmful) }
        return Set(document.faults.map(\.pointer))
    }

    private static func document(_ body: [UInt8]) throws(OrderEventRefusal) -> JSON.Document {
        do {
            return try JSON.parse(body)
        } catch {
            throw OrderEventRefusal(.malformed, error.description)
        }
    }

    private static func invalid(_ faults: [Fault]) -> OrderEventRefusal {
        OrderEventRefusal(.invalidData, faults.prefix(8).map(\.message).joined(separator: "; "))
    }
}

extension ObjectReader {
    /// The order's id under either of its names; under both, it must be the same.
    fileprivate mutating func orderID() -> OrderID? {
        guard value("id") != nil else { return required("orderId") { $0.identifier($1) } }
        let id: OrderID? = identifier("id")
        if let id, case .string(let text)? = value("orderId"), let other = OrderID(text), other != id {
            return fault("orderId", "must be the same as id")
        }
        return id
    }

    fileprivate mutating func customerKey(_ name: String) -> CustomerKey? {
        let key: CustomerKey? =
            switch value(name) {
            case .string(let text)?: CustomerKey(text)
            // A shop whose customers are numbered sends the number, and 1.0 is not another customer than 1.
            case .number(let digits)?
            where digits.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }:
                CustomerKey(digits)
            default: nil
            }
        if key == nil { fault(name, "must be a customer's id") }
        return key
    }

    /// A JSON number or a decimal string. A number may carry the noise of JavaScript's floating point; a string was
    /// printed on purpose and may not.
    fileprivate mutating func amount(_ name: String, in currency: Currency) -> Money? {
        let money: Money? =
            switch value(name) {
            case .number(let digits)?: Money(floatingPointDecimal: digits, currency: currency)
            case .string(let digits)?: Money(decimal: digits, currency: currency)
            default: nil
            }
        guard let money, (0...Money.maximumMinorUnits).contains(money.minorUnits) else {
            return fault(name, "must be an amount of \(currency.code) with at most \(currency.decimals) decimals")
        }
        return money
    }

    fileprivate mutating func time(_ name: String) -> Date? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value, let time = Date(rfc3339: text) else {
            return fault(name, "must be a time as RFC 3339 writes it")
        }
        return time
    }

    /// The sum of the items' quantities, where every item has one.
    fileprivate mutating func pieces(_ name: String) -> Int? {
        guard case .array(let items)? = value(name) else { return nil }
        var sum = 0
        for item in items {
            guard case .number(let digits)? = item["quantity"], let quantity = Int(digits),
                (0...LineItem.maximumQuantity).contains(quantity)
            else { return nil }
            sum += quantity
        }
        return sum
    }

    /// What only decorates a profile must not keep an order from being counted: what is no usable string is left out.
    fileprivate mutating func lenientString(_ name: String) -> String? {
        guard case .string(let text)? = value(name), (1...320).contains(text.utf8.count),
            !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return nil }
        return text
    }
}
