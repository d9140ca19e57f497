import Files
import Foundation
import TestSupport
import Testing

@testable import ProductService

@Suite("A file that is not whole is never taken for one that is")
struct WholeFileTests {
    @Test(
        "cut off at any byte, a file is refused as cut off or has lost nothing but blanks",
        arguments: SampleFile.all.indices)
    func truncated(index: Int) throws {
        let (format, text) = SampleFile.all[index]
        let bytes = Array(text.utf8)
        var whole: [Found] = []
        try withTextFile(bytes) { whole = try format.read($0) }
        for length in 0..<bytes.count {
            try withTextFile(Array(bytes[..<length])) { file in
                do {
                    _ = try Survey(of: file, format: format)
                    let found = try format.read(file)
                    // A line format cut off at the end of a line can't be told from a shorter file, except by a count.
                    let isLineEnd = length == 0 || bytes[length - 1] == 0x0A
                    #expect(found == whole || format != .json && isLineEnd, "cut off at byte \(length)")
                } catch let error as FormatError {
                    #expect(error.code == .truncated || error.code == .malformed, "cut off at byte \(length): \(error)")
                }
            }
        }
    }

    @Test(
        "what makes a file none of its format is told",
        arguments: [
            (.json, "{} {}", .malformed), (.json, "[{},]", .malformed), (.json, "[,{}]", .malformed),
            (.json, "[{} {}]", .malformed), (.json, "7", .malformed), (.json, "[{}]]", .malformed),
            (.json, "[{]}", .malformed), (.json, "", .truncated), (.json, "[{}", .truncated), (.json, "[", .truncated),
            (.json, "[{\"a\":\"", .truncated),
            (.ndjson, "{}", .truncated), (.ndjson, "{}\n{", .truncated),
            (.ndjson, "{}\n{\"count\":2}\n", .countMismatch), (.ndjson, "{\"count\":0}\n{}\n", .malformed),
            (.flatCSV, "", .truncated), (.flatCSV, "customerId,sku,quantity", .truncated),
            (.flatCSV, "customerId,sku,quantity\na,b,1", .truncated),
            (.flatCSV, "customerId,sku,quantity\na,\"b,1\n", .truncated),
            (.flatCSV, "customerId,sku,quantity\na,b\"c,1\n", .malformed),
            (.flatCSV, "customerId,sku,quantity,colour\n", .malformed),
            (.flatCSV, "customerId,sku\n", .malformed), (.flatCSV, "customerId,quantity\n", .malformed),
            (.flatCSV, "customerId,sku,quantity,SKU\n", .malformed),
            (.shopifyCSV, "Name,Email\n", .malformed),
        ] as [(RecordFormat, String, FormatError.Code)])
    func refused(format: RecordFormat, text: String, code: FormatError.Code) throws {
        let refusal = try format.refusal(of: Array(text.utf8))
        #expect(refusal == code)
    }

    @Test("nesting deeper than any reader goes costs no stack, and spoils its own order only")
    func deep() throws {
        let deep = String(repeating: "[", count: 500_000) + String(repeating: "]", count: 500_000)
        let orders = try RecordFormat.json.orders(in: "[{},\(deep),{}]")
        #expect(orders == ["{}", "malformed-record", "{}"])
    }

    @Test("a line of a hundred mebibytes is one record that is too large", arguments: [RecordFormat.ndjson, .json])
    func long(format: RecordFormat) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "long-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: url) }
        let file = try Directory.open(url.path).create("text", mode: 0o600)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        try file.write(Array(format == .json ? "[{},\"".utf8 : "{}\n\"".utf8))
        for _ in 0..<100 { try file.write(piece) }
        try file.write(Array(format == .json ? "\",{}]".utf8 : "\"\n{}\n".utf8))
        let found = try format.read(file)
        #expect(found.map(\.content) == ["{}", "record-too-large", "{}"])
        #expect(found[1].place.end - found[1].place.start >= 100 << 20)
    }

    @Test(
        "chance changes to a file never crash a reader, and every order has its place",
        arguments: SampleFile.all.indices)
    func mutated(index: Int) throws {
        let (format, text) = SampleFile.all[index]
        var generator = SeededGenerator(seed: UInt64(index))
        let alphabet = Array(#"{}[]",:\n;'x1"#.utf8) + [0x0A, 0x0D, 0x22, 0x5C, 0xFF, 0x00]
        for _ in 0..<1_500 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                if place < bytes.count, Bool.random(using: &generator) {
                    bytes[place] = byte
                } else {
                    bytes.insert(byte, at: place)
                }
            }
            try withTextFile(bytes) { file in
                guard let found = try? format.read(file) else { return }
                for (record, next) in zip(found, found.dropFirst()) {
                    #expect(record.place.start < record.place.end && record.place.end <= next.place.start)
                }
            }
        }
    }
}
