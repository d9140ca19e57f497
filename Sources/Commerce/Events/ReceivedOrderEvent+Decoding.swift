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
        guard document.faults.isEmpty else { throw Self.invalid(document.faults) }
        var reader = ObjectReader(document.value["data"] ?? .null, at: FieldPath.root.member("data"))
        if case .string(let code)? = reader.value("currency"), code != currency.code {
            throw OrderEventRefusal(.otherCurrency, "data.currency is not \(currency.code)")
        }
        let orderID: OrderID? = reader.has("id") ? reader.identifier("id") : reader.identifier("orderId")
        let customer = reader.customerKey("customerId")
        let total = reader.amount(reader.has("total") ? "total" : "amount", in: currency)
        let createdAt = reader.time("createdAt")
        let pieces = reader.pieces("items")
        let name = reader.lenientString("name")
        let email = reader.lenientString("email")
        if orderID == nil, reader.faults.isEmpty { reader.fault("id", "is required") }
        guard reader.faults.isEmpty, let orderID, let customer, let total else { throw Self.invalid(reader.faults) }
        self.init(
            kind: kind, orderID: orderID, customer: customer, total: total, createdAt: createdAt, pieces: pieces,
            name: name, email: email)
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
    fileprivate mutating func customerKey(_ name: String) -> CustomerKey? {
        let key: CustomerKey? =
            switch value(name) {
            case .string(let text)?: CustomerKey(text)
            // A shop whose customers are numbered sends the number.
            case .number(let digits)?: CustomerKey(digits)
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
        guard case .string(let text)? = value(name), (1...320).contains(text.utf8.count) else { return nil }
        return text
    }
}
