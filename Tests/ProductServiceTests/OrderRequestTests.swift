import Commerce
import Testing

@testable import ProductService

@Suite("A body that is no order is refused with every fault at its place")
struct OrderRequestTests {
    private static let customer = "8f14e45f-ceea-4c7a-9d2b-0d1c1f2a3b4c"
    private static let product = "01890a5d-ac96-774b-bcce-b302099a8057"

    private func faults(_ body: String) throws -> [String: String] {
        let document = try JSON.parse(Array(body.utf8))
        do {
            _ = try OrderRequest(reading: document, currency: .usd)
            return [:]
        } catch let invalid {
            return Dictionary(invalid.faults.map { ($0.pointer, $0.message) }) { first, _ in first }
        }
    }

    private func order(items: String) -> String {
        #"{"customerId":"\#(Self.customer)","items":\#(items)}"#
    }

    private func item(quantity: String) -> String {
        order(items: #"[{"productId":"\#(Self.product)","quantity":\#(quantity)}]"#)
    }

    @Test(
        "a quantity is a positive integer and nothing else",
        arguments: ["0", "-1", "1.5", "1e30", "\"2\"", "true", "[]"])
    func quantity(text: String) throws {
        #expect(
            try faults(item(quantity: text)) == ["/items/0/quantity": "items[0].quantity must be a positive integer"])
    }

    @Test("a quantity can be as large as a million", arguments: [("1000000", true), ("1000001", false)])
    func largestQuantity(text: String, isTaken: Bool) throws {
        #expect(try faults(item(quantity: text)).isEmpty == isTaken)
    }

    @Test("an order has 1 to 1000 items", arguments: [(0, false), (1, true), (1_000, true), (1_001, false)])
    func itemCount(count: Int, isTaken: Bool) throws {
        let item = #"{"productId":"\#(Self.product)","quantity":1}"#
        let items = "[" + Array(repeating: item, count: count).joined(separator: ",") + "]"
        #expect(try faults(order(items: items)).isEmpty == isTaken)
    }

    @Test("all faults are found in one reading")
    func allFaults() throws {
        let body = #"""
            {"customerId":"me","items":[{"quantity":0,"price":"1","colour":"red"},7],"expectedTotal":1.005,"note":1,
             "email":"a\u0000b","name":["x"],"name":"twice"}
            """#
        #expect(
            try faults(body).keys.sorted() == [
                "/customerId", "/email", "/expectedTotal", "/items/0/colour", "/items/0/price", "/items/0/productId",
                "/items/0/quantity", "/items/1", "/name", "/note",
            ])
    }

    @Test("what is missing is named")
    func missing() throws {
        #expect(try faults("{}") == ["/customerId": "customerId is required", "/items": "items is required"])
        #expect(try faults("[]").keys.contains(""))
    }

    @Test("the total of an old client is taken, whatever it is", arguments: ["12.5", "\"12.50\"", "null", "{}"])
    func oldTotal(text: String) throws {
        let body =
            #"{"customerId":"\#(Self.customer)","items":[{"productId":"\#(Self.product)","quantity":1}],"total":\#(text)}"#
        #expect(try faults(body).isEmpty)
    }
}
