import Commerce
import Files
import Foundation
import Testing

@testable import ProductService

/// A whole file of each format with several orders, and with what is awkward in it.
enum SampleFile {
    static let all: [(format: RecordFormat, text: String)] = [
        (.json, #"{"customerId":"c","items":[{"sku":"a\"]}","quantity":1}]}"# + "\n"),
        (.json, "[\n {\"a\": [1, {\"b\": \"}]\\\\\"}]},\r\n{} ,7,\"x,]\", null]\n \n"),
        (.json, "[]"),
        (.ndjson, "{\"a\":1}\n\n{\"b\":2}\r\n  \n{broken\n{\"count\":3}\n\n"),
        (.ndjson, ""),
        (
            .flatCSV,
            "externalId,customerId,sku,quantity,name\n1,c,A,1,\"Ada \"\"B\"\"\nByron\"\n1,,B,2,\n\n2,c,A,1,x\r\n,c,A,1,\n,d,B,1,\n"
        ),
        (
            .shopifyCSV,
            "Name,Email,Lineitem quantity,Lineitem sku,Shipping Zip,Notes\n#1,a@b.c,1,A,'01234,\"two\r\nlines\"\n"
                + "#1,,2,B,,\n#2,d@e.f,1,A,,\n"
        ),
    ]
}

@Suite("A file is cut into its orders, and into nothing else")
struct RecordReaderTests {
    @Test("an order alone, an array of orders, and an empty array are JSON files")
    func json() throws {
        #expect(try RecordFormat.json.orders(in: " {\"a\": 1} \n") == [#"{"a":1}"#])
        #expect(try RecordFormat.json.orders(in: "\u{FEFF}[{\"a\":1},{\"b\":[2]}]") == [#"{"a":1}"#, #"{"b":[2]}"#])
        #expect(try RecordFormat.json.orders(in: "[ ]").isEmpty)
    }

    @Test(
        "a table with tabs, or in UTF-16, is refused with what to do about it",
        arguments: [
            (.utf8, "externalId\tcustomerId\tsku\tquantity\n", "commas"),
            (.utf16, "customerId,sku,quantity\n", "UTF-8"),
        ] as [(String.Encoding, String, String)])
    func exportedWrongly(encoding: String.Encoding, text: String, remedy: String) throws {
        try withTextFile(Array(text.data(using: encoding) ?? Data())) { file in
            let error = #expect(throws: FormatError.self) { _ = try Survey(of: file, format: .flatCSV) }
            #expect(error?.message.contains(remedy) == true)
        }
    }

    @Test("what is no order in an array is a fault of its own, and the others are read")
    func elements() throws {
        #expect(
            try RecordFormat.json.orders(in: #"[{"a":1},7,"x",{"a" 1},{"b":2}]"#)
                == [#"{"a":1}"#, "7", #""x""#, "malformed-record", #"{"b":2}"#])
    }

    @Test("blank lines don't count, a line that is no JSON is a fault of its own")
    func ndjson() throws {
        #expect(
            try RecordFormat.ndjson.orders(in: "\u{FEFF}{\"a\":1}\r\n\n \t\n{\"b\":\n{\"c\":3}\n")
                == [#"{"a":1}"#, "malformed-record", #"{"c":3}"#])
    }

    @Test("rows with one external id are one order; rows without are one each")
    func flatCSV() throws {
        let orders = try RecordFormat.flatCSV.orders(
            in: """
                External ID;Customer-Id;SKU;quantity;price;expected_total;Shipping City
                A1;c1;lamp;2;19.90;59.7;Köln
                A1;;chair;1;;;
                ;c2;lamp;1;;;
                ;c2;lamp;x;;;

                """)
        #expect(
            orders == [
                #"{"externalId":"A1","customerId":"c1","items":[{"sku":"lamp","quantity":2,"price":19.90},"#
                    + #"{"sku":"chair","quantity":1}],"shippingAddress":{"city":"Köln"},"expectedTotal":59.7}"#,
                #"{"customerId":"c2","items":[{"sku":"lamp","quantity":1}]}"#,
                #"{"customerId":"c2","items":[{"sku":"lamp","quantity":"x"}]}"#,
            ])
    }

    @Test("rows of one order that contradict each other are refused, and no other order")
    func contradiction() throws {
        let orders = try RecordFormat.flatCSV.orders(
            in: "externalId,customerId,sku,quantity\n1,c,A,1\n1,d,A,1\n3,c,A,1\n")
        #expect(orders.first == "invalid")
        #expect(orders.count == 2)
    }

    @Test("a row with too few fields is refused by itself, or with its file where it could be part of an order")
    func shortRow() throws {
        let orders = try RecordFormat.flatCSV.orders(in: "customerId,sku,quantity\nc,A\nd,A,1\n")
        #expect(orders.first == "malformed-record")
        #expect(orders.count == 2)
        let text = "customerId,sku,quantity,externalId\nc,A,1,1\nc,A\nc,A,1,1\n"
        let refusal = try RecordFormat.flatCSV.refusal(of: Array(text.utf8))
        #expect(refusal == .malformed)
    }

    @Test("Shopify's export: order fields from the first row, zips without the quote, customers by their e-mail")
    func shopify() throws {
        let customer = CustomerID(email: "Ada@example.com")
        #expect(customer == CustomerID(email: "ada@EXAMPLE.com"))
        let orders = try RecordFormat.shopifyCSV.orders(
            in: """
                Name,Email,Financial Status,Currency,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,\
                Billing Name,Shipping Name,Shipping Address1,Shipping Address2,Shipping City,Shipping Zip,\
                Shipping Province,Shipping Country,Payment Method,Notes
                #1001,ada@example.com,paid,USD,1,Lamp,19.99,LAMP-1,Ada Byron,Ada Byron,"12, Old Road",Flat 2,London,'01234,\
                ,GB,Card,"first line
                second"
                #1001,,,,3,Chair,5.00,CHAIR,,,,,,,,,,
                #1002,,,,1,Lamp,19.99,LAMP-1,,,,,,,,,,

                """)
        #expect(
            orders == [
                ##"{"externalId":"#1001","customerId":"\##(customer)","items":["##
                    + #"{"sku":"LAMP-1","quantity":1,"price":19.99},{"sku":"CHAIR","quantity":3,"price":5.00}],"#
                    + #""name":"Ada Byron","email":"ada@example.com","paymentMethod":"Card","#
                    + #""shippingAddress":{"fullName":"Ada Byron","address":"12, Old Road, Flat 2","#
                    + #""city":"London","zipCode":"01234","country":"GB"}}"#,
                "invalid",
            ])
    }

    @Test("reading on from any record gives what reading in one go gives", arguments: SampleFile.all.indices)
    func resuming(index: Int) throws {
        let (format, text) = SampleFile.all[index]
        try withTextFile(Array(text.utf8)) { file in
            let all = try format.read(file)
            for (count, record) in all.enumerated() {
                let rest = try format.read(file, from: record.checkpoint)
                #expect(rest == Array(all[(count + 1)...]))
            }
            let whole = try Survey(of: file, format: format)
            #expect(whole.records == all.count)
        }
    }

    @Test("a record's place leads to its text", arguments: SampleFile.all.indices)
    func places(index: Int) throws {
        let (format, text) = SampleFile.all[index]
        let bytes = Array(text.utf8)
        try withTextFile(bytes) { file in
            for record in try format.read(file) {
                let piece = String(decoding: bytes[Int(record.place.start)..<Int(record.place.end)], as: UTF8.self)
                let lines = bytes[..<Int(record.place.start)].filter { $0 == 0x0A }.count
                #expect(record.place.line == lines + 1)
                if format == .json || format == .ndjson {
                    #expect(piece.contains { !$0.isWhitespace })
                    #expect(piece.first?.isWhitespace == false || format == .ndjson)
                } else {
                    #expect(piece.utf8.last == 0x0A)
                }
            }
        }
    }
}
