import Files
import TestSupport
import Testing

@testable import ProductService

@Suite("Whatever stands in a file, reading on from a checkpoint gives what reading in one go gives")
struct ResumingTests {
    /// What is read from a checkpoint on, and why it isn't more.
    private struct Reading: Hashable {
        var records: [Found] = []
        var end: FormatError?

        init(_ file: OpenFile, _ format: RecordFormat, from checkpoint: Checkpoint) throws {
            do {
                let reader = try RecordReader(file, format: format, from: checkpoint)
                while let record = try reader.next() {
                    records.append(
                        Found(place: record.place, content: "\(record.content)", checkpoint: reader.checkpoint))
                }
            } catch let error as FormatError {
                end = error
            }
        }
    }

    private static let alphabet = Array(#"{}[]",:;'x1 #"#.utf8) + [0x0A, 0x0D, 0x0D, 0x22, 0x22, 0x5C, 0xFF, 0x00]

    private static func changed(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            let other = Int.random(in: 0...bytes.count, using: &generator)
            let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            switch Int.random(in: 0..<5, using: &generator) {
            case 0 where place < bytes.count: bytes[place] = byte
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: bytes[min(place, other)..<max(place, other)], at: place)
            case 3: bytes.removeSubrange(place...)
            default: bytes.insert(byte, at: place)
            }
        }
        return bytes
    }

    @Test("from every checkpoint of files changed by chance", arguments: SampleFile.all.indices)
    func changedByChance(index: Int) throws {
        let (format, text) = SampleFile.all[index]
        var generator = SeededGenerator(seed: 1_000 + UInt64(index))
        for _ in 0..<300 {
            let bytes = Self.changed(Array(text.utf8), &generator)
            try withTextFile(bytes) { file in
                let whole = try Reading(file, format, from: .start)
                for (count, record) in whole.records.enumerated() {
                    let rest = try Reading(file, format, from: record.checkpoint)
                    #expect(rest.records == Array(whole.records[(count + 1)...]))
                    #expect(rest.end == whole.end)
                    let lines = bytes[..<Int(record.place.start)].count { $0 == 0x0A }
                    #expect(record.place.number == count + 1 && record.place.line == lines + 1)
                    #expect(record.place.start < record.place.end)
                }
                do {
                    let survey = try Survey(of: file, format: format)
                    #expect(whole.end == nil && survey.records == whole.records.count)
                } catch let error as FormatError {
                    #expect(whole.end == error)
                }
            }
        }
    }

    @Test("a closing brace where an order should stand is no order", arguments: ["[}", "[{},}", "[}]", "[{},\n}]"])
    func closingBrace(text: String) throws {
        try withTextFile(Array(text.utf8)) { file in
            let reading = try Reading(file, .json, from: .start)
            #expect(reading.records.count == (text.contains("{") ? 1 : 0))
            #expect(reading.end?.code == .malformed)
        }
    }
}
