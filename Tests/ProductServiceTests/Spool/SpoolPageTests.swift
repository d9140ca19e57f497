import Foundation
import Testing

@testable import ProductService

@Suite("docs/spool.md says what the spool does")
struct SpoolPageTests {
    /// The page, from this checkout.
    private static let page: String = {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return (try? String(contentsOf: root.appending(path: "docs/spool.md"), encoding: .utf8)) ?? ""
    }()

    @Test("every reason for refusing a file has a row", arguments: RejectionCode.allCases)
    func reasons(code: RejectionCode) {
        #expect(Self.page.contains("\n| `\(code.rawValue)` |"))
    }

    @Test("it says of every reason whether time may cure it", arguments: RejectionCode.allCases)
    func patience(code: RejectionCode) {
        let row = Self.page.split(separator: "\n").first { $0.hasPrefix("| `\(code.rawValue)` |") }
        #expect(row?.contains("| 1 minute |") == code.mayPass)
    }

    @Test("every way of settling, policy and outcome is there")
    func words() {
        let words =
            SettleWay.allCases.map { "settle=\($0.rawValue)" } + OrderPolicy.allCases.map(\.rawValue)
            + SpoolMetrics.Outcome.allCases.map(\.rawValue) + SpoolMetrics.Stage.allCases.map(\.rawValue)
        for word in words { #expect(Self.page.contains(word), "the page lacks \(word)") }
    }

    @Test(
        "its examples are read as orders without a fault",
        arguments: [("[\n", "json"), ("{\"customerId\"", "ndjson"), ("externalId,", "csv"), ("Name,", "shopify-csv")])
    func examples(beginning: String, format: String) throws {
        let blocks = Self.page.components(separatedBy: "\n```").map { $0.drop { $0 != "\n" }.dropFirst() }
        let example = try #require(blocks.first { $0.hasPrefix(beginning) })
        try withTextFile(Array("\(example)\n".utf8)) { file in
            let format = try #require(RecordFormat(rawValue: format))
            #expect(try Survey(of: file, format: format).records == 2)
            for record in try format.read(file) { #expect(record.content.hasPrefix("{"), "\(record)") }
        }
    }
}
