import Commerce
import Testing

@Suite("JSON is read to the letter, and bad JSON never does harm")
struct JSONParserTests {
    private func parse(_ text: String) throws -> JSON.Document {
        try JSON.parse(Array(text.utf8))
    }

    @Test(
        "numbers stay the digits that they were",
        arguments: [
            "0", "-0", "1.50", "1e30", "1E+30", "-1.5E-10", "0e0", "0.0", "123456789012345678901234567890", "1e400",
            String(repeating: "9", count: 128),
        ])
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
            "", " ", "{", "}", "[", "]", ",", ":", "[1,]", "[,1]", "[,]", "{,}", "{\"a\":1,}", "{\"a\":1,,\"b\":2}",
            "{a:1}", "{'a':1}", "{1:1}", "{null:1}", "[1 2]", "[1:2]", "{\"a\",1}", "{\"a\" 1}", "{\"a\"}", "{\"a\":}",
            "{\"a\":1 \"b\":2}", "[1}", "{\"a\":1]", "1 2", "[]]", "[][]", "{}x", "null,", "\u{FEFF}\u{FEFF}1",
            " \u{FEFF}1",
            "01", "-01", "00", "1.", ".5", "-.5", "+1", "-", "--1", "1e", "1e+", "1.e1", "1e1.5", "0x1", "1_000", "1,5",
            "NaN", "Infinity", "-Infinity", "١", String(repeating: "9", count: 129), "tru", "truex", "nul", "nulL",
            "True", "TRUE", "undefined", "'a'", "\"", "\"a", "\"\\", "\"\\\"", "\"\\x\"", "\"\\U0041\"", "\"\\'\"",
            "\"\\u\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u 123\"", "\"\\u+123\"", "\"\\ud83d\\u12\"", "\"a\nb\"",
            "\"a\tb\"", "\"\u{0}\"", "\"\u{1F}\"", "//", "/**/1", "#1", "\u{A0}1", "\u{0C}1", "1\u{0}",
        ])
    func refused(text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) }
    }

    @Test(
        "bytes that are no UTF-8 are refused",
        arguments: [
            [0xFF], [0x80], [0xC3], [0xC3, 0x28], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC0, 0x80], [0xC1, 0xBF],
            [0xE0, 0x80, 0xAF], [0xF0, 0x80, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xED, 0xB0, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let escaped = Array(#"\u00e9"#.utf8)
        for string in [bytes, escaped + bytes, bytes + escaped] {
            #expect(throws: JSONSyntaxError.self) { try JSON.parse([quote] + string + [quote]) }
            #expect(throws: JSONSyntaxError.self) {
                try JSON.parse(Array("{\"".utf8) + string + Array("\":1}".utf8))
            }
        }
        #expect(throws: JSONSyntaxError.self) { try JSON.parse(bytes) }
    }

    @Test(
        "an error names its line and column, both from 1, and a string or number that can't be taken by its beginning",
        arguments: [
            ("{\"a\": 1,\n  \"b\" 2}", 2, 7), ("", 1, 1), ("x", 1, 1), ("[1,\n\n2", 3, 2), ("[1]\n]", 2, 1),
            ("[\"é\", x]", 1, 8), ("\r\n  nul", 2, 6), ("[\"a\nb\"]", 1, 4), ("[\"\\x\"]", 1, 4),
            ("[1, \(String(repeating: "1", count: 200))]", 1, 5),
        ])
    func place(text: String, line: Int, column: Int) throws {
        let error = try #require(throws: JSONSyntaxError.self) { try parse(text) }
        #expect([error.line, error.column] == [line, column], "\(error)")
        #expect(error.description.hasSuffix("at line \(line), column \(column)"))
    }

    @Test("bytes that are no UTF-8 are named by the line and column of their string")
    func placeOfInvalidUTF8() throws {
        let bytes = Array("[1,\n  \"ab".utf8) + [0xFF, 0x22, 0x5D]
        let error = try #require(throws: JSONSyntaxError.self) { try JSON.parse(bytes) }
        #expect([error.line, error.column] == [2, 3])
    }

    @Test("white space is passed over, and only JSON's")
    func whitespace() throws {
        let value = JSON.object([JSON.Member("a", .array([.number("1"), .object([])]))])
        #expect(try parse(" \t\r\n{ \n\"a\"\t:\r[ 1 , { } ] } \n").value == value)
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
            (#"["\ud83d\ud83d\ude00"]"#, "/0"), (#"["\ud83dx"]"#, "/0"), (#"["\ud83d\n"]"#, "/0"), (#""\udfff""#, ""),
            (#"{"":1,"":2}"#, "/"), (#"{"a":{"b":[{},{"c":"\u0000\u0000"}]}}"#, "/a/b/1/c"),
        ])
    func faults(text: String, pointer: String) throws {
        #expect(try parse(text).faults.map(\.pointer) == [pointer])
    }

    @Test("each fault of a text is named, in the order of the text")
    func allFaults() throws {
        let faults = try parse(#"{"a":"\u0000","b":["\ud800",{"c":1,"c":"\u0000\udc00"}],"a":[]}"#).faults
        #expect(
            faults.map(\.message) == [
                "a must not contain a NUL character", "b[0] must not contain an unpaired surrogate",
                "b[1].c must be given only once", "b[1].c must not contain an unpaired surrogate",
                "b[1].c must not contain a NUL character", "a must be given only once",
            ])
    }

    @Test("an escaped name is the name that it stands for")
    func escapedNames() throws {
        #expect(try parse(#"{"total":1,"t\u006ftal":2}"#).faults.map(\.pointer) == ["/total"])
        #expect(try parse(#"{"t\u006ftal":2}"#).value["total"] == .number("2"))
    }

    @Test("names are told apart beyond the first few, too")
    func repeatedAmongMany() throws {
        for count in [1, 31, 32, 33, 34, 100] {
            let names = (0..<count).map { "\"m\($0)\":0" }
            #expect(try parse("{" + names.joined(separator: ",") + "}").faults.isEmpty)
            for repeated in [0, count / 2, count - 1] {
                let text = "{" + (names + ["\"m\(repeated)\":1"]).joined(separator: ",") + "}"
                #expect(try parse(text).faults.map(\.pointer) == ["/m\(repeated)"])
            }
        }
    }

    @Test("the names of one object are no repetition in another one")
    func namesPerObject() throws {
        #expect(try parse(#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#).faults.isEmpty)
    }

    @Test("thirty-two levels are read, and one more is not")
    func deepest() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try parse(nested(32)) }
        #expect(throws: JSONSyntaxError.self) { try parse(nested(33)) }
        #expect(try parse("[" + nested(31) + "," + nested(31) + "]").faults.isEmpty)
    }

    @Test("nesting is bounded, whatever is nested", arguments: ["[", "{\"a\":", "[{\"a\":"])
    func depth(opening: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: opening, count: 100_000)) }
    }

    @Test("an object of a hundred thousand members is read in time")
    func manyMembers() throws {
        let text = "{" + (0..<100_000).map { "\"m\($0)\":0" }.joined(separator: ",") + "}"
        let began = ContinuousClock.now
        let document = try parse(text)
        #expect(document.faults.isEmpty)
        // With the square of the number it takes minutes; the bound has room for a busy machine.
        #expect(ContinuousClock.now - began < .seconds(10))
    }

    @Test(
        "the faults of a text that is made of them are bounded",
        arguments: [
            "[" + Array(repeating: #""\u0000""#, count: 20_000).joined(separator: ",") + "]",
            "{" + Array(repeating: #""a":1"#, count: 20_000).joined(separator: ",") + "}",
        ])
    func manyFaults(text: String) throws {
        #expect(try parse(text).faults.count == Fault.maximumCount)
    }

    @Test("a fault that a string has many times is named once")
    func oneFaultAString() throws {
        let text = "\"" + String(repeating: #"\u0000\ud800"#, count: 50_000) + "\""
        #expect(try parse(text).faults.count == 2)
    }
}
