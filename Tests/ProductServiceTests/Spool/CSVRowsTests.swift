import Files
import Foundation
import Testing

@testable import ProductService

@Suite("A CSV file's rows are what RFC 4180 says, wherever reading begins and however long they are")
struct CSVRowsTests {
    private static let header = "externalId,customerId,sku,quantity\n"

    @Test(
        "a carriage return that ends no line is refused outside of quotes, and would otherwise make two rows one",
        arguments: ["1,c\rA,2\n", "1,c,A,2\r2,c,A,2\n", "1,c,A,2\r\"2\n\",c,A,2\n", "1,c,\"A\"\r\"B\",2\n"])
    func bareCarriageReturn(rows: String) throws {
        let refusal = try RecordFormat.flatCSV.refusal(of: Array((Self.header + rows).utf8))
        #expect(refusal == .malformed)
    }

    @Test("within quotes, and before a line feed, a carriage return is as good as any character")
    func carriageReturn() throws {
        #expect(
            try RecordFormat.flatCSV.orders(in: Self.header + "1,c,\"A\rB\",2\r\n\r\n2,c,A,3\r\r\n")
                == [
                    #"{"externalId":"1","customerId":"c","items":[{"sku":"A\rB","quantity":2}]}"#,
                    #"{"externalId":"2","customerId":"c","items":[{"sku":"A","quantity":3}]}"#,
                ])
    }

    /// A row of so many bytes, its line end included.
    private func row(bytes: Int) -> [UInt8] {
        let (begin, end) = ("1,c,", ",2\n")
        return Array(begin.utf8) + [UInt8](repeating: 0x78, count: bytes - begin.utf8.count - end.utf8.count)
            + Array(end.utf8)
    }

    @Test(
        "a row may have a mebibyte and no byte more, wherever in the file it stands",
        arguments: [0, 1, 1_000, 9_000, 18_000])
    func longestRow(rowsBefore: Int) throws {
        let before = Array((Self.header + String(repeating: "0,c,A,1\n\n0,d,A,1\n", count: rowsBefore)).utf8)
        for excess in [0, 1, 100 << 10, 300 << 10] {
            let refusal = try RecordFormat.flatCSV.refusal(of: before + row(bytes: (1 << 20) + excess))
            #expect(refusal == (excess == 0 ? nil : .malformed), "\(excess) bytes too many behind \(rowsBefore) rows")
        }
    }

    @Test("a quote that is never closed is found within a mebibyte, and the line named in which it stands")
    func openQuote() throws {
        let text = Self.header + "1,c,A,1\n2,c,\"A,1\n" + String(repeating: "3,c,A,1\n", count: 200_000)
        try withTextFile(Array(text.utf8)) { file in
            let error = #expect(throws: FormatError.self) { _ = try Survey(of: file, format: .flatCSV) }
            #expect(error?.code == .malformed)
            #expect(error?.message.contains("the row from line 3 on") == true)
        }
    }

    @Test("a header of a hundred thousand columns takes no longer than reading it", .timeLimit(.minutes(1)))
    func wideHeader() throws {
        let columns = ["Name", "Lineitem quantity"] + (0..<100_000).map { "c\($0)" } + ["Lineitem sku", "Email"]
        let row = "#1,2" + String(repeating: ",", count: 100_000) + ",A,a@b.c\n"
        let text = columns.joined(separator: ",") + "\n" + String(repeating: row, count: 5)
        let orders = try RecordFormat.shopifyCSV.orders(in: text)
        #expect(orders.count == 1)
        #expect(orders.first?.contains(##""externalId":"#1""##) == true)
    }

    @Test("what a header says is quoted in a message of bounded length")
    func longColumnName() throws {
        let text = Self.header.dropLast() + "," + String(repeating: "x", count: 100_000) + "\n"
        try withTextFile(Array(text.utf8)) { file in
            let error = #expect(throws: FormatError.self) { _ = try Survey(of: file, format: .flatCSV) }
            #expect((error?.message.utf8.count ?? .max) < 200)
        }
    }

    @Test("semicolons stand for commas also where blank lines come before the header")
    func semicolons() throws {
        #expect(
            try RecordFormat.flatCSV.orders(in: "\u{FEFF}\r\n\ncustomerId;sku;quantity\nc;A;1\n")
                == [#"{"customerId":"c","items":[{"sku":"A","quantity":1}]}"#])
    }
}
