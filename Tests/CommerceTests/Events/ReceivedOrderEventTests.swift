import Commerce
import Foundation
import Testing

@Suite("Every event of a NestJS producer is read, and what can never be applied is refused by its reason")
struct ReceivedOrderEventTests {
    private static let orderID = "01890a5d-ac96-774b-bcce-b302099a8057"
    private static let customerID = "8f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c"

    private func decode(_ body: String) throws(OrderEventRefusal) -> ReceivedOrderEvent {
        try ReceivedOrderEvent(decoding: Array(body.utf8), currency: .usd)
    }

    /// What customerd makes of a body: the customer and the total, or the reason why it is parked.
    private func verdict(_ body: String) -> String {
        do {
            let event = try decode(body)
            return "\(event.customer) \(event.total)"
        } catch {
            return error.reason.rawValue
        }
    }

    @Test("each message that was captured from real NestJS services has its verdict")
    func captured() throws {
        struct Captured: Decodable {
            let source: String
            let body: String
        }
        let url = try #require(
            Bundle.module.url(forResource: "nestjs-messages", withExtension: "json", subdirectory: "Fixtures"))
        let messages = try JSONDecoder().decode([Captured].self, from: Data(contentsOf: url))
        #expect(
            messages.map { verdict($0.body) } == [
                "1 9.99", "2 19.98", "3 29.97", "zoë-ünï 0.00", "7 1.50", "unknown-pattern", "invalid-data",
                "invalid-data", "invalid-data", "invalid-data", "unknown-pattern", "unknown-pattern", "unknown-pattern",
                "unknown-pattern",
            ])
    }

    @Test(
        "both shapes of the NestJS producers are read, and what is wrong is refused by its reason",
        arguments: [
            (#"{"orderId":"ID","customerId":"c","amount":24.25}"#, "c 24.25"),
            (#"{"id":"ID","customerId":"c","total":"24.25","items":[],"createdAt":null}"#, "c 24.25"),
            (#"{"id":"ID","customerId":42,"total":0.30000000000000004}"#, "42 0.30"),
            (#"{"id":"ID","customerId":"C9B1","total":1,"name":7,"email":""}"#, "C9B1 1.00"),
            (#"{"id":"ID","customerId":"c","total":"12.345"}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":12.345}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":-1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c"}"#, "invalid-data"),
            (#"{"id":"ID","total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"","total":1}"#, "invalid-data"),
            (#"{"customerId":"c","total":1}"#, "invalid-data"),
            (#"{"id":"7","customerId":"c","total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":1,"createdAt":"yesterday"}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","customerId":"d","total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":1,"currency":"EUR"}"#, "other-currency"),
            (#"{"id":"ID","customerId":"c","total":1,"currency":"USD","version":2,"extra":{"a":[1]}}"#, "c 1.00"),
            (#"{"id":null,"orderId":"ID","customerId":"c","total":null,"amount":2}"#, "c 2.00"),
            (#"{"id":"ID","orderId":"ID","customerId":"c","total":3,"amount":9}"#, "c 3.00"),
            (#"{"id":"ID","orderId":7,"customerId":"c","total":3}"#, "c 3.00"),
            (#"{"id":"ID","orderId":"\#(customerID)","customerId":"c","total":3}"#, "invalid-data"),
            (#"{"id":7,"orderId":"ID","customerId":"c","total":3}"#, "invalid-data"),
            (#"{"id":"ID","customerId":1.0,"total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":1e2,"total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":-1,"total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":true,"total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":{"id":1},"total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"a\u0000b","total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"a\ud800","total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":1e30}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":"1 "}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":"0.30000000000000004"}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":"0.300"}"#, "c 0.30"),
            (#"{"id":"ID","customerId":"c","total":10000000000000}"#, "c 10000000000000.00"),
            (#"{"id":"ID","customerId":"c","total":10000000000000.01}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":[1]}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":1,"createdAt":1795432210513}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":1,"total":1}"#, "invalid-data"),
            (#"{"id":"ID","customerId":"c","total":1,"name":"a","name":"b","x":1,"x":2}"#, "c 1.00"),
            (#"null"#, "invalid-data"), (#"[]"#, "invalid-data"), (#""ID""#, "invalid-data"),
        ])
    func shapes(data: String, expected: String) {
        #expect(verdict(created(data)) == expected)
    }

    /// An envelope around `data`, in which "ID" stands for the order's id.
    private func created(_ data: String) -> String {
        #"{"pattern":"order_created","data":"# + data.replacing("\"ID\"", with: "\"\(Self.orderID)\"") + "}"
    }

    @Test(
        "what only decorates an order never keeps it from being counted",
        arguments: [
            (
                #""name":"Zoë","email":"z@example.com","items":[{"quantity":2},{"quantity":3}]"#, "Zoë",
                "z@example.com", 5
            ),
            (#""name":7,"email":{},"items":{}"#, nil, nil, nil),
            (#""name":"","email":null,"items":null"#, nil, nil, nil),
            // A name that a program cut in the middle of an emoji.
            (#""name":"Zo\ud83d","email":"z\u0000@example.com","items":[]"#, nil, nil, 0),
            (
                #""name":"bell\u0007","email":"z@example.com","shippingAddress":{"city":"\ud800"}"#, nil,
                "z@example.com", nil
            ),
            (#""items":[{"quantity":2},{"quantity":"3"}]"#, nil, nil, nil),
            (#""items":[{"quantity":2},7]"#, nil, nil, nil),
            (#""items":[{"quantity":-2}]"#, nil, nil, nil),
            (#""items":[{"quantity":1,"quantity":2}]"#, nil, nil, nil),
            (#""items":[{"quantity":1.5}]"#, nil, nil, nil),
        ] as [(String, String?, String?, Int?)])
    func decorations(members: String, name: String?, email: String?, pieces: Int?) throws {
        let event = try decode(created(#"{"id":"ID","customerId":"c","total":1,"# + members + "}"))
        #expect(event.total.minorUnits == 100)
        #expect(event.name == name)
        #expect(event.email == email)
        #expect(event.pieces == pieces)
    }

    @Test("a text of a thousand faults is refused, wherever they are")
    func manyFaults() {
        let junk = #""x":["# + Array(repeating: #""\u0000""#, count: 1_001).joined(separator: ",") + "]"
        let error = #expect(throws: OrderEventRefusal.self) {
            try decode(created("{" + junk + #","id":"ID","customerId":"c","total":1}"#))
        }
        #expect(error == OrderEventRefusal(.invalidData, "the body has 1000 faults or more"))
    }

    @Test("the shape of a message besides its pattern and data makes no difference")
    func envelopes() {
        let data = #"{"customerId":"c","amount":1,"orderId":"\#(Self.orderID)"}"#
        let bodies = [
            #" { "data" : \#(data) , "pattern" : "order_created" } "#,
            #"{"pattern":"order_created","data":\#(data),"id":"123fa2543bea23a8c5977"}"#,
            #"{"x":{"pattern":"y"},"pattern":"order_cancelled","data":\#(data)}"#,
            #"{"p\u0061ttern":"order_created","data":\#(data)}"#,
        ]
        for body in bodies { #expect(verdict(body) == "c 1.00", "\(body)") }
    }

    @Test(
        "a pattern must match exactly",
        arguments: [
            #""order.created""#, #""Order_Created""#, #""order_created ""#, #"{"cmd":"order_created"}"#, "null", "1",
            #"["order_created"]"#,
        ])
    func patterns(pattern: String) {
        let data = #"{"customerId":"c","amount":1,"orderId":"\#(Self.orderID)"}"#
        #expect(verdict(#"{"pattern":\#(pattern),"data":\#(data)}"#) == "unknown-pattern")
        #expect(verdict(#"{"data":\#(data)}"#) == "unknown-pattern")
    }

    @Test("a refusal says all that is wrong, in words that fit a header")
    func details() {
        let error = #expect(throws: OrderEventRefusal.self) {
            try decode(created(#"{"customerId":"","total":"12.345","createdAt":"x"}"#))
        }
        #expect(
            error?.detail
                == "data.orderId is required; data.customerId must be a customer's id; "
                + "data.total must be an amount of USD with at most 2 decimals; "
                + "data.createdAt must be a time as RFC 3339 writes it")
    }

    @Test("a body that is no JSON, or too large, is refused as such")
    func unreadable() {
        #expect(verdict("no json") == "malformed-json")
        #expect(verdict("") == "malformed-json")
        #expect(verdict("[]") == "unknown-pattern")
        #expect(verdict(#"{"pattern":"order_created"}"#) == "invalid-data")
        #expect(verdict(String(repeating: " ", count: 1 << 20)) == "too-large")
    }

    @Test("a refusal names places and never values")
    func refusalIsDiscreet() {
        #expect {
            try decode(#"{"pattern":"order_created","data":{"id":"x","customerId":"secret\u0001","total":"password"}}"#)
        } throws: { error in
            let text = "\(error)"
            return text.contains("data.id") && !text.contains("secret") && !text.contains("password")
        }
    }

    @Test("a UUID is one customer in either case")
    func customerKey() {
        #expect(CustomerKey(Self.customerID.uppercased()) == CustomerKey(Self.customerID))
        #expect(CustomerKey("ABC") != CustomerKey("abc"))
        #expect(CustomerKey(String(repeating: "x", count: 256)) == nil)
        #expect(CustomerKey("a\nb") == nil && CustomerKey("\u{7F}") == nil && CustomerKey("") == nil)
    }

    @Test("two customers that PostgreSQL tells apart are two")
    func customerKeysAreBytes() throws {
        let keys = ["é", "e\u{301}", "K", "\u{212A}"].compactMap { CustomerKey($0) }
        #expect(Set(keys).count == 4)
        #expect(keys[0] != keys[1] && keys[1] < keys[0])
        #expect(CustomerKey("é") == keys[0])
    }
}
