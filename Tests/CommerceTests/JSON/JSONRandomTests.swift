import Commerce
import TestSupport
import Testing

@Suite("JSON survives chance: what is written is read the same, and no text crashes the reader")
struct JSONRandomTests {
    @Test("what is written reads the same, for a thousand random values")
    func roundTrip() throws {
        var random = SeededGenerator(seed: 42)
        for _ in 0..<1_000 {
            let value = JSON.random(depth: 4, using: &random)
            var writer = JSONWriter()
            writer.value(value)
            #expect(try JSON.parse(writer.bytes).value == value)
        }
    }

    @Test("no mutation of a text crashes the reader, for a two hundred thousand of them")
    func mutations() {
        var random = SeededGenerator(seed: 7)
        let text = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00\n",true,null,{"b":{}}],"c":"é"}"#.utf8)
        var readable = 0
        for _ in 0..<200_000 {
            var mutated = text
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<mutated.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: mutated[place] = .random(in: 0...255, using: &random)
                case 1: mutated.remove(at: place)
                default: mutated.insert(.random(in: 0...127, using: &random), at: place)
                }
            }
            guard let document = try? JSON.parse(mutated) else { continue }
            readable += 1
            // What was read can be written, and reads the same.
            var writer = JSONWriter()
            writer.value(document.value)
            #expect((try? JSON.parse(writer.bytes))?.value == document.value)
        }
        #expect(readable > 1_000)
    }
}

extension JSON {
    static func random(depth: Int, using random: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2: .number("\(Int.random(in: -1_000_000...1_000_000, using: &random))")
        case 3: .string(text(using: &random))
        case 4:
            .array((0..<Int.random(in: 0...4, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
        default:
            .object(
                (0..<Int.random(in: 0...4, using: &random)).map {
                    Member("\($0)" + text(using: &random), .random(depth: depth - 1, using: &random))
                })
        }
    }

    private static func text(using random: inout SeededGenerator) -> String {
        let characters = Array("abc\"\\/\n\t\u{1}é€😀 ")
        return String(
            (0..<Int.random(in: 0...12, using: &random)).map { _ in
                characters[Int.random(in: 0..<characters.count, using: &random)]
            })
    }
}
