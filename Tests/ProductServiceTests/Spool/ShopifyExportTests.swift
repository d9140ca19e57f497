import Commerce
import Files
import Testing

@testable import ProductService

@Suite("Shopify's export is read with all the columns that it has")
struct ShopifyExportTests {
    /// As Shopify writes them.
    private static let columns =
        [
            "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing",
            "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method",
            "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price",
            "Lineitem sku", "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status",
            "Billing Name", "Billing Street", "Billing Address1", "Billing Address2", "Billing Company", "Billing City",
            "Billing Zip", "Billing Province", "Billing Country", "Billing Phone", "Shipping Name", "Shipping Street",
            "Shipping Address1", "Shipping Address2", "Shipping Company", "Shipping City", "Shipping Zip",
            "Shipping Province", "Shipping Country", "Shipping Phone", "Notes", "Note Attributes", "Cancelled at",
            "Payment Method", "Payment Reference", "Refunded Amount", "Vendor", "Outstanding Balance", "Employee",
            "Location", "Device ID", "Id", "Tags", "Risk Level", "Source", "Lineitem discount",
        ] + (1...5).flatMap { ["Tax \($0) Name", "Tax \($0) Value"] } + [
            "Phone", "Receipt Number", "Duties", "Billing Province Name", "Shipping Province Name", "Payment ID",
            "Payment Terms Name", "Next Payment Due At", "Payment References",
        ]

    /// A row with these cells, quoted where RFC 4180 asks for it.
    private static func row(_ cells: [String: String]) -> String {
        columns.map { column in
            let text = cells[column] ?? ""
            guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
            return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        }.joined(separator: ",")
    }

    private static let first: [String: String] = [
        "Name": "#1001", "Email": "Ada@Example.com", "Financial Status": "paid", "Currency": "USD",
        "Paid at": "2026-01-02 03:04:05 +0100", "Shipping Method": "Standard, 3\u{2013}5 days",
        "Lineitem quantity": "2", "Lineitem name": "The \"Old\" Lamp, brass", "Lineitem price": "19.90",
        "Lineitem sku": "LAMP-1", "Billing Name": "Ada King", "Shipping Name": "Ada King",
        "Shipping Address1": "12 Old Road\nback entrance, \"blue\" door", "Shipping Address2": "Flat 2",
        "Shipping City": "Sankt P\u{F6}lten", "Shipping Zip": "'03100", "Shipping Province": "NOE",
        "Shipping Country": "AT", "Notes": "first line\r\n\r\n#1001,not a row\n", "Payment Method": "Card",
        "Tags": "a, b", "Id": "5123456789012",
    ]
    private static let rows = [
        columns.joined(separator: ","), row(first),
        row(["Name": "#1001", "Lineitem quantity": "1", "Lineitem price": "5", "Lineitem sku": "CHAIR"]),
        row(["Name": "#1001", "Lineitem quantity": "two", "Lineitem price": "$4.00", "Lineitem sku": "TABLE"]),
        row(["Name": "#1002", "Lineitem quantity": "1", "Lineitem sku": "LAMP-1"]),
        row(["Name": "#1003", "Email": "ada@example.COM", "Lineitem quantity": "1", "Lineitem sku": "LAMP-1"]),
    ]

    @Test(
        "orders of several rows, texts of several lines, postcodes and prices come out as they are meant",
        arguments: ["\n", "\r\n"], ["", "\u{FEFF}"])
    func orders(lineEnd: String, mark: String) throws {
        let customer = CustomerID(email: "ada@example.com")
        let text = mark + Self.rows.joined(separator: lineEnd) + lineEnd
        try withTextFile(Array(text.utf8)) { file in
            let format = try RecordFormat(of: file, name: "orders_export_1.csv")
            #expect(format == .shopifyCSV)
        }
        let orders = try RecordFormat.shopifyCSV.orders(in: text)
        #expect(
            orders == [
                ##"{"externalId":"#1001","customerId":"\##(customer)","items":["##
                    + #"{"sku":"LAMP-1","quantity":2,"price":19.90},{"sku":"CHAIR","quantity":1,"price":5},"#
                    + #"{"sku":"TABLE","quantity":"two","price":"$4.00"}],"name":"Ada King","#
                    + #""email":"Ada@Example.com","shippingMethod":"Standard, 3–5 days","paymentMethod":"Card","#
                    + #""shippingAddress":{"fullName":"Ada King","#
                    + #""address":"12 Old Road\nback entrance, \"blue\" door, Flat 2","#
                    + #""city":"Sankt Pölten","state":"NOE","zipCode":"03100","country":"AT"}}"#,
                "invalid",
                ##"{"externalId":"#1003","customerId":"\##(customer)","##
                    + #""items":[{"sku":"LAMP-1","quantity":1}],"email":"ada@example.COM"}"#,
            ])
    }

    @Test("bytes that are no UTF-8 spoil the order in which they are read, and no other")
    func invalidUTF8() throws {
        var bytes = Array((Self.rows.joined(separator: "\n") + "\n").utf8)
        let city = try #require(bytes.firstRange(of: Array("Sankt P\u{F6}lten".utf8)))
        bytes.replaceSubrange(city, with: Array("Sankt P".utf8) + [0xF6] + Array("lten".utf8))
        var contents: [String] = []
        try withTextFile(bytes) { contents = try RecordFormat.shopifyCSV.read($0).map(\.content) }
        #expect(contents.prefix(2) == ["malformed-record", "invalid"])
        #expect(contents.count == 3)
    }
}
