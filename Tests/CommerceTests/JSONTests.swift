import Commerce
import Testing

@Suite("JSON is read to the letter, and bad JSON never does harm")
struct JSONTests {
    private func parse(_ text: String) throws -> JSON.Document {
        try JSON.parse(Array(text.utf8))
    }

    @Test(
        "numbers stay the digits that they were",
        arguments: ["0", "-0", "1.50", "1e30", "-1.5E-10", "123456789012345678901234567890"])
    func numbers(text: String) throws {
        #expect(try parse(text).value == .number(text))
    }

    @Test(
        "strings are unescaped, and written so that they read the same",
        arguments: [
            (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\ude00""#, "😀"),
            (#""é😀""#, "é😀"), (#""""#, ""), (#""\u001f""#, "\u{1f}"),
        ])
    func strings(text: String, value: String) throws {
        #expect(try parse(text).value == .string(value))
        var writer = JSONWriter()
        writer.string(value)
        #expect(try JSON.parse(writer.bytes).value == .string(value))
    }

    @Test(
        "what RFC 8259 doesn't know is refused",
        arguments: [
            "", " ", "{", "[", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "[1 2]", "01", "1.", ".5", "+1", "-", "1e",
            "0x1",
            "tru", "nul", "True", "NaN", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "\"a\nb\"", "1 2", "[]]",
            "{\"a\"}",
            "{\"a\":}", "//", "\u{FEFF}\u{FEFF}1",
        ])
    func refused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) }
    }

    @Test(
        "bytes that are no UTF-8 are refused",
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(bytes) }
    }

    @Test("an error names its line and column")
    func place() {
        #expect {
            try parse("{\"a\": 1,\n  \"b\" 2}")
        } throws: { error in
            (error as? JSONSyntaxError).map { ($0.line, $0.column) == (2, 7) } ?? false
        }
    }

    @Test("a byte order mark is passed over")
    func byteOrderMark() throws {
        #expect(try parse("\u{FEFF}[true,false,null]").value == .array([.bool(true), .bool(false), .null]))
    }

    @Test(
        "a repeated name, a NUL and half a surrogate pair are named with their place",
        arguments: [
            (#"{"a":1,"b":[{"c":1,"c":2}]}"#, "/b/0/c"), (#"{"a/b":{"~":"\u0000"}}"#, "/a~1b/~0"),
            (#"["x","\ud800"]"#, "/1"), (#"["\ude00\ud83d"]"#, "/0"), (#"{"\u0000":1}"#, "/\0"),
        ])
    func faults(text: String, pointer: String) throws {
        #expect(try parse(text).faults.map(\.pointer).contains(pointer))
    }

    @Test("nesting is bounded, whatever is nested", arguments: ["[", "{\"a\":"])
    func depth(opening: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: opening, count: 100_000)) }
    }

    @Test("an object of fifty thousand members is read in time")
    func manyMembers() throws {
        let text = "{" + (0..<50_000).map { "\"m\($0)\":0" }.joined(separator: ",") + "}"
        let began = ContinuousClock.now
        let document = try parse(text)
        #expect(document.faults.isEmpty)
        #expect(ContinuousClock.now - began < .seconds(10))
    }

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

    @Test("no mutation of a text crashes the reader, for a hundred thousand of them")
    func mutations() {
        var random = SeededGenerator(seed: 7)
        let text = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00\n",true,null,{"b":{}}],"c":"é"}"#.utf8)
        var readable = 0
        for _ in 0..<100_000 {
            var mutated = text
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<mutated.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: mutated[place] = .random(in: 0...255, using: &random)
                case 1: mutated.remove(at: place)
                default: mutated.insert(.random(in: 0...127, using: &random), at: place)
                }
            }
            if (try? JSON.parse(mutated)) != nil { readable += 1 }
        }
        #expect(readable > 0)
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

/// SplitMix64: the same numbers in every run, so that a failure can be had again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
