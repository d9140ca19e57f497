import Files
import Testing

@testable import ProductService

@Suite("A marker says that a file is whole, and perhaps how many orders or which bytes it has")
struct MarkerTests {
    private static let digest = String(repeating: "0f", count: 32)

    @Test(
        "what stands in a marker is read",
        arguments: [
            ("a.ok", "", .nothing), ("a.ok", "\n", .nothing), ("a.ok", "12\n", .orders(12)),
            ("a.ok", "whatever", .nothing),
            ("a.sha256", digest, .sha256([UInt8](repeating: 0x0F, count: 32))),
            ("a.sha256", digest + "  a\n", .sha256([UInt8](repeating: 0x0F, count: 32))),
            ("a.sha256", "", .illegible), ("a.sha256", "0f0f", .illegible),
            ("a.sha256", String(repeating: "zz", count: 32), .illegible),
        ] as [(FileName, String, Marker.Claim)])
    func read(name: FileName, text: String, claim: Marker.Claim) {
        #expect(Marker(name: name, text: text).claim == claim)
    }

    @Test("a marker's name leads to its file, and no other name does")
    func names() {
        #expect(Marker.file(markedBy: "a.json.ok") == "a.json")
        #expect(Marker.file(markedBy: "a.json.sha256") == "a.json")
        #expect(Marker.file(markedBy: ".ok") == nil)
        #expect(Marker.file(markedBy: "a.json") == nil)
    }
}
