import Commerce

/// A plain CSV file: a row for each line item, the order's own fields in each row or in its first.
enum FlatOrder {
    /// What may stand in a row of an item.
    private static let itemColumns = ["productid", "sku", "quantity", "price"]
    /// What belongs to the order, and the member that it becomes.
    private static let orderColumns = [
        ("externalid", "externalId"), ("customerid", "customerId"), ("name", "name"), ("email", "email"),
        ("shippingmethod", "shippingMethod"), ("paymentmethod", "paymentMethod"),
    ]
    private static let expectedTotal = "expectedtotal"
    private static let addressColumns = [
        ("shippingfullname", "fullName"), ("shippingaddress", "address"), ("shippingcity", "city"),
        ("shippingstate", "state"), ("shippingzipcode", "zipCode"), ("shippingcountry", "country"),
    ]

    private static let known =
        itemColumns + orderColumns.map(\.0) + [expectedTotal] + addressColumns.map(\.0)

    /// Whether a header looks like this layout's.
    static func recognises(_ columns: [String]) -> Bool {
        columns.contains("customerid") && columns.contains("quantity")
    }

    /// A column that nobody knows is refused: its data would be lost in silence.
    static func check(_ header: CSVHeader) throws(FormatError) {
        func refuse(_ message: String) -> FormatError { FormatError(.malformed, message, line: 1, byte: 0) }
        for (column, name) in zip(header.columns, header.names) where !known.contains(column) {
            throw refuse("the header has an unknown column '\(CSVHeader.shown(name))'\(remedy(for: name))")
        }
        for column in ["customerId", "quantity"] where header.index(of: CSVHeader.folded(column)) == nil {
            throw refuse("the header lacks the column \(column)")
        }
        guard header.index(of: "productid") != nil || header.index(of: "sku") != nil else {
            throw refuse("the header lacks the column productId or sku")
        }
    }

    /// What programs that export tables get wrong most often.
    private static func remedy(for name: String) -> String {
        if name.contains("\t") { return "; put commas between the columns, not tabs" }
        if name.contains("\0") || name.contains("\u{FFFD}") { return "; save the file as UTF-8" }
        return ""
    }

    static func document(_ order: OrderRows) throws(RecordFault) -> JSON {
        var items: [JSON] = []
        var cells: [OrderCells] = []
        for row in order.rows {
            let row = try OrderCells(row, of: order.header)
            cells.append(row)
            items.append(try item(row))
        }
        var members: [(String, JSON?)] = []
        for (column, name) in orderColumns { members.append((name, try common(column, in: cells))) }
        members.append(("items", .array(items)))
        var address: [(String, JSON?)] = []
        for (column, name) in addressColumns { address.append((name, try common(column, in: cells))) }
        members.append(("shippingAddress", .object(present: address)))
        if let first = cells.first {
            _ = try common(expectedTotal, in: cells)
            members.append(("expectedTotal", try first.number(expectedTotal)))
        }
        return .object(present: members) ?? .object([])
    }

    private static func item(_ row: OrderCells) throws(RecordFault) -> JSON {
        .object(
            present: [
                ("productId", try row.string("productid")), ("sku", try row.string("sku")),
                ("quantity", try row.number("quantity")), ("price", try row.number("price")),
            ]) ?? .object([])
    }

    /// What an order's rows say of the order: the first one's word, which the others may repeat or leave out.
    private static func common(_ column: String, in rows: [OrderCells]) throws(RecordFault) -> JSON? {
        guard let first = try rows.first?.text(column) else {
            for row in rows where try row.text(column) != nil { throw contradiction(column) }
            return nil
        }
        for row in rows.dropFirst() {
            if let other = try row.text(column), other != first { throw contradiction(column) }
        }
        return .string(first)
    }

    private static func contradiction(_ column: String) -> RecordFault {
        RecordFault(
            code: "invalid", field: column,
            message: "the rows of one order say different things in the column \(column)")
    }
}
