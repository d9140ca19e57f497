import Commerce
import Crypto
import FoundationEssentials

/// Shopify's order export (help.shopify.com, "Exporting orders to a CSV file"): a row for each line item, the order's own
/// fields on its first row only, rows of one order with the same `Name`.
///
/// It has some 75 columns, of which those are read that an order here has; the others are ignored.
enum ShopifyOrder {
    static func recognises(_ columns: [String]) -> Bool {
        columns.contains("name") && columns.contains("lineitemquantity")
            && (columns.contains("lineitemsku") || columns.contains("lineitemname"))
    }

    static func check(_ header: CSVHeader) throws(FormatError) {
        for column in ["Name", "Lineitem quantity", "Lineitem sku"]
        where header.index(of: CSVHeader.folded(column)) == nil {
            throw FormatError(.malformed, "the header lacks the column '\(column)'", line: 1, byte: 0)
        }
    }

    static func document(_ order: OrderRows) throws(RecordFault) -> JSON {
        guard let firstRow = order.rows.first else { return .object([]) }
        let first = try OrderCells(firstRow, of: order.header)
        if try first.text("cancelledat") != nil {
            throw RecordFault(code: "invalid", field: "Cancelled at", message: "says that the order was cancelled")
        }
        if let status = try first.text("financialstatus"), ["refunded", "voided"].contains(status) {
            throw RecordFault(code: "invalid", field: "Financial Status", message: "says that the order was \(status)")
        }
        var items: [JSON] = []
        for row in order.rows {
            let row = try OrderCells(row, of: order.header)
            items.append(
                .object(
                    present: [
                        ("sku", try row.string("lineitemsku")), ("quantity", try row.number("lineitemquantity")),
                        ("price", try row.number("lineitemprice")),
                    ]) ?? .object([]))
        }
        var name = try first.string("billingname")
        if name == nil { name = try first.string("shippingname") }
        return .object(
            present: [
                ("externalId", try first.string("name")), ("customerId", try customer(first)),
                ("items", .array(items)), ("name", name),
                ("email", try first.string("email")), ("shippingMethod", try first.string("shippingmethod")),
                ("paymentMethod", try first.string("paymentmethod")), ("shippingAddress", try address(first)),
            ]) ?? .object([])
    }

    /// The order's currency, which must be the deployment's.
    static func currency(_ order: OrderRows) throws(RecordFault) -> String? {
        guard let first = order.rows.first else { return nil }
        return try OrderCells(first, of: order.header).text("currency")
    }

    private static func address(_ row: OrderCells) throws(RecordFault) -> JSON? {
        let lines = [try row.text("shippingaddress1"), try row.text("shippingaddress2")].compactMap(\.self)
        // Shopify writes '01234, so that spreadsheets keep the zero.
        let postcode = try row.text("shippingzip").map { $0.hasPrefix("'") ? String($0.dropFirst()) : $0 }
        var state = try row.string("shippingprovince")
        if state == nil { state = try row.string("shippingprovincename") }
        return .object(
            present: [
                ("fullName", try row.string("shippingname")),
                ("address", lines.isEmpty ? nil : .string(lines.joined(separator: ", "))),
                ("city", try row.string("shippingcity")),
                ("state", state),
                ("zipCode", postcode.map { .string($0) }), ("country", try row.string("shippingcountry")),
            ])
    }

    /// Shopify's own ids of customers are no UUIDs. A customer is known by the e-mail address, in lower case.
    private static func customer(_ row: OrderCells) throws(RecordFault) -> JSON? {
        if let id = try row.text("customerid"), CustomerID(id) != nil { return .string(id) }
        guard let email = try row.text("email") else {
            throw RecordFault(
                code: "invalid", field: "Email",
                message: "is needed to know the customer by, unless there is a column 'Customer ID' with a UUID")
        }
        return .string("\(CustomerID(email: email))")
    }
}

extension CustomerID {
    /// The id of a customer who is known by an e-mail address only: the same for each order, and not to be guessed back.
    ///
    /// UUIDv8 (RFC 9562 §5.8) of SHA-256 over `tradepost:customer:` and the address in lower case.
    init(email: String) {
        var bytes = Array(SHA256.hash(data: Array("tradepost:customer:\(email.lowercased())".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        self.init(bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) })
    }
}
