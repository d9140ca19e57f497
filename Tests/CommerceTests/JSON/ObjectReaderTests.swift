import Commerce
import Testing

@Suite("An object is read to its end, and every fault is named with its place")
struct ObjectReaderTests {
    private func reader(_ text: String) throws -> ObjectReader {
        ObjectReader(try JSON.parse(Array(text.utf8)).value)
    }

    @Test("all faults of a body come at once, each with its pointer")
    func allAtOnce() throws {
        var reader = try reader(
            #"{"id":"x","name":"","items":[{"n":1.5},7,{"n":2,"~/":0}],"price":1.005,"on":"yes","a/b":1,"":2}"#)
        _ = reader.identifier("id", of: OrderKind.self)
        _ = reader.required("name") { $0.string($1) }
        _ = reader.required("email") { $0.string($1) }
        let numbers = reader.array("items", count: 1...3)?.enumerated().compactMap { index, item in
            reader.nested(item, at: reader.path.member("items").index(index)) { reader in
                defer { reader.refuseUnknownMembers() }
                return reader.required("n") { $0.integer($1, in: 1...9) }
            }
        }
        _ = reader.money("price", in: .usd)
        _ = reader.bool("on")
        reader.refuseUnknownMembers()
        #expect(numbers == [2])
        #expect(
            reader.faults.map(\.pointer) == [
                "/id", "/name", "/email", "/items/0/n", "/items/1", "/items/2/~0~1", "/price", "/on", "/a~1b", "/",
            ])
        #expect(
            reader.faults.map(\.message) == [
                "id must be a UUID", "name must not be empty", "email is required",
                "items[0].n must be an integer from 1 to 9", "items[1] must be an object, not a number",
                "items[2].~/ is not a known field", "price must be an amount with at most 2 decimals",
                "on must be true or false", "a/b is not a known field", "\"\" is not a known field",
            ])
    }

    @Test("a pointer escapes ~ and / also where they carry a combining mark")
    func pointerEscapes() {
        let pointer = FieldPath.root.member("~\u{301}/\u{338}~1").index(0).pointer
        #expect(Array(pointer.utf8) == Array("/~0\u{301}~1\u{338}~01/0".utf8))
    }

    @Test("absent and null are the same, but for has(_:)")
    func absent() throws {
        var reader = try reader(#"{"a":null}"#)
        #expect(reader.has("a") && !reader.has("b"))
        #expect(reader.string("a") == nil && reader.string("b") == nil)
        #expect(reader.faults.isEmpty)
        _ = reader.required("a") { $0.string($1) }
        #expect(reader.faults.map(\.message) == ["a is required"])
        reader.refuseUnknownMembers()
        #expect(reader.faults.count == 1)
    }

    @Test("anything but an object is one fault", arguments: [("[]", "an array"), ("null", "null"), ("1", "a number")])
    func noObject(text: String, kind: String) throws {
        var reader = try reader(text)
        _ = reader.string("a")
        reader.refuseUnknownMembers()
        #expect(reader.faults.map(\.message) == ["the body must be an object, not \(kind)"])
        #expect(reader.faults.map(\.pointer) == [""])
    }

    @Test(
        "an integer is written without fraction and exponent",
        arguments: [
            ("1", 1), ("9", 9), ("0", nil), ("-1", nil), ("10", nil), ("1.0", nil), ("1.5", nil), ("1e0", nil),
            ("1e30", nil), ("99999999999999999999", nil), ("\"2\"", nil), ("true", nil), ("[1]", nil),
        ] as [(String, Int?)])
    func integers(text: String, value: Int?) throws {
        var reader = try reader("{\"n\":\(text)}")
        #expect(reader.integer("n", in: 1...9) == value)
        #expect(reader.faults.isEmpty == (value != nil))
    }

    @Test(
        "a string has its bounds in bytes, and no control characters but tabs and line ends",
        arguments: [
            (#""abcd""#, true), (#""éé""#, true), (#""a\tb""#, true), (#""\r\n""#, true), (#""""#, false),
            (#""abcde""#, false), (#""ééa""#, false), (#""a\u0007""#, false), (#""\u001b[2""#, false),
            (#""\u007f""#, false), ("1", false), ("{}", false),
        ])
    func strings(text: String, isTaken: Bool) throws {
        var reader = try reader("{\"s\":\(text)}")
        #expect((reader.string("s", maximumLength: 4) != nil) == isTaken)
        #expect(reader.faults.isEmpty == isTaken)
    }

    @Test(
        "money is a number of the currency's decimals that isn't negative",
        arguments: [
            ("0", 0), ("1.5", 150), ("10000000000000", 1_000_000_000_000_000), ("10000000000000.01", nil), ("-1", nil),
            ("1.005", nil), ("1e30", nil), ("\"1\"", nil),
        ] as [(String, Int64?)])
    func money(text: String, minorUnits: Int64?) throws {
        var reader = try reader("{\"m\":\(text)}")
        #expect(reader.money("m", in: .usd)?.minorUnits == minorUnits)
        #expect(reader.faults.isEmpty == (minorUnits != nil))
    }

    @Test("faults are bounded, whatever a body is made of")
    func manyFaults() throws {
        let unknown = "{" + (0..<5_000).map { "\"m\($0)\":0" }.joined(separator: ",") + "}"
        var reader = try reader(#"{"a":\#(unknown),"b":\#(unknown)}"#)
        for name in ["a", "b"] {
            _ = reader.object(name) { (reader: inout ObjectReader) -> Int? in
                reader.refuseUnknownMembers()
                return nil
            }
        }
        _ = reader.required("c") { $0.string($1) }
        reader.refuseUnknownMembers()
        #expect(reader.faults.count == Fault.maximumCount)
    }
}
