import Commerce
import FoundationEssentials
import Testing

@Suite("An identifier is read and printed as a UUID and as nothing else")
struct IdentifierTests {
    @Test("an id is read in either case and printed in lower case")
    func cases() throws {
        let text = "01890A5D-AC96-774B-bcce-b302099A8057"
        let id = try #require(ProductID(text))
        #expect(id.description == text.lowercased())
        #expect(id.uuid.uuidString == text.uppercased())
    }

    @Test("what is printed is read again, for a thousand random ids")
    func roundTrip() {
        for _ in 0..<1_000 {
            let id = OrderID(UUID())
            var bytes: [UInt8] = []
            id.appendText(to: &bytes)
            #expect(OrderID(id.description) == id)
            #expect(bytes == Array(id.uuid.uuidString.lowercased().utf8))
        }
    }

    @Test(
        "what is no UUID is none",
        arguments: [
            "", "01890a5d-ac96-774b-bcce-b302099a805", "01890a5d-ac96-774b-bcce-b302099a80577",
            "01890a5dac96774bbcceb302099a8057", "{01890a5d-ac96-774b-bcce-b302099a8057}",
            "01890a5d-ac96-774b-bcce-b302099a805g", "01890a5d_ac96_774b_bcce_b302099a8057",
            "01890a5da-c96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a805/",
            "01890a5d-ac96-774b-bcce-b302099a805:", "01890a5d-ac96-774b-bcce-b302099a80é",
            "０1890a5d-ac96-774b-bcce-b302099a80", " 1890a5d-ac96-774b-bcce-b302099a8057",
        ])
    func noUUID(text: String) {
        #expect(ProductID(text) == nil)
    }

    @Test("ids sort by their bytes, as PostgreSQL sorts them")
    func order() throws {
        let texts = ["00000000-0000-0000-0000-0000000000ff", "00000000-0000-0000-0000-000000000100", "7f", "80", "ff"]
            .map { $0.count == 2 ? "\($0)000000-0000-0000-0000-000000000000" : $0 }
        let ids = texts.compactMap { OrderID($0) }
        #expect(ids.count == texts.count)
        #expect(ids.shuffled().sorted() == ids)
    }
}
