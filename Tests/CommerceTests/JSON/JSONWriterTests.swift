import Commerce
import FoundationEssentials
import Testing

@Suite("JSON is written compact, and so that every reader reads what was meant")
struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(
        "what must be escaped is escaped, and nothing else",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), (#"a"b\c/d"#, #""a\"b\\c/d""#), ("\n\r\t", #""\n\r\t""#),
            ("\u{0}\u{1}\u{8}\u{C}\u{1F}", #""\u0000\u0001\u0008\u000c\u001f""#), ("\u{7F}é€😀", "\"\u{7F}é€😀\""),
            ("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\""), ("\"", #""\"""#), ("x\"", #""x\"""#), ("\"x", #""\"x""#),
            ("e\u{301}", "\"e\u{301}\""),
        ])
    func strings(text: String, json: String) {
        // By bytes: `String` calls é in one scalar and in two the same.
        #expect(Array(written { $0.string(text) }.utf8) == Array(json.utf8))
        let object = written { writer in
            writer.object {
                $0.dynamicName(text)
                $0.null()
            }
        }
        #expect(Array(object.utf8) == Array("{\(json):null}".utf8))
    }

    @Test("commas stand between values and nowhere else")
    func commas() {
        let text = written {
            $0.object {
                $0.name("a")
                $0.array {
                    $0.array { _ in }
                    $0.object { _ in }
                    $0.integer(-1)
                    $0.bool(true)
                    $0.bool(false)
                    $0.null()
                    $0.string("x")
                }
                $0.name("b")
                $0.raw("[1,2]".utf8)
                $0.optionalString("c", nil)
                $0.optionalString("d", "")
                $0.name("e")
                $0.object { _ in }
            }
        }
        #expect(text == #"{"a":[[],{},-1,true,false,null,"x"],"b":[1,2],"d":"","e":{}}"#)
    }

    @Test("money is a number, an id and a time are strings")
    func words() throws {
        let id = try #require(OrderID("01890a5d-ac96-774b-bcce-b302099a8057"))
        let text = written {
            $0.array {
                $0.money(Money(minorUnits: -5, currency: .usd))
                $0.identifier(id)
                $0.date(Date(timeIntervalSince1970: 0))
                $0.integer(UInt64.max)
            }
        }
        #expect(text == #"[-0.05,"01890a5d-ac96-774b-bcce-b302099a8057","1970-01-01T00:00:00.000Z",\#(UInt64.max)]"#)
    }

    @Test("a value that was read is written as its digits were")
    func values() throws {
        let text = #"{"a":[1.50,1e30,-0,null,true,{"":"é"}],"b":{}}"#
        let value = try JSON.parse(Array(text.utf8)).value
        #expect(written { $0.value(value) } == text)
    }
}
