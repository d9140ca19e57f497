import Files
import Testing

@testable import ProductService

@Suite("A file's format is known by its name, else by what it begins with")
struct RecordFormatTests {
    private static let flat = "customerId,sku,quantity\n"
    private static let shopify = "Name,Lineitem quantity,Lineitem sku\n"

    @Test(
        "each name and beginning gives its format",
        arguments: [
            ("a.json", "[]", .json), ("a.JSON.gz", "[]", .json), ("a.ndjson", "", .ndjson),
            ("a.jsonl.zst", "", .ndjson),
            ("a.csv", flat, .flatCSV), ("a.csv", shopify, .shopifyCSV), ("orders", flat, .flatCSV),
            ("orders.txt", shopify, .shopifyCSV), ("orders", " [", .json),
            ("orders", "{\"a\":1}\n{\"b\":2}\n", .ndjson),
            ("orders.gz", "{\n\"a\":1}\n", .json), ("orders", "\u{FEFF}{\"a\":1}\n", .ndjson),
        ] as [(FileName, String, RecordFormat)])
    func known(name: FileName, text: String, format: RecordFormat) throws {
        try withTextFile(Array(text.utf8)) { file in
            let found = try RecordFormat(of: file, name: name)
            #expect(found == format)
        }
    }

    @Test("anything else is refused", arguments: ["", "   \n", "hello\n", "a,b,c\n", "\u{7F}ELF"])
    func unknown(text: String) throws {
        try withTextFile(Array(text.utf8)) { file in
            #expect(throws: FormatError.self) { _ = try RecordFormat(of: file, name: "orders.bin") }
        }
    }
}
