import Files
import Testing

@Suite("A file's name is bytes, and is shown so that it can't deceive")
struct FileNameTests {
    @Test(
        "every name is shown as text, with what is none in hexadecimal",
        arguments: [
            (Array("orders.csv".utf8), "orders.csv"),
            (Array("größe-✓.json".utf8), "größe-✓.json"),
            ([0x61, 0xFF, 0x62], "a\\xffb"),
            ([0xC3], "\\xc3"),
            (Array("a\nb\u{1B}[2J".utf8), "a\\x0ab\\x1b[2J"),
        ] as [([UInt8], String)])
    func shown(bytes: [UInt8], text: String) {
        #expect(FileName(bytes: bytes).description == text)
    }

    @Test("endings and beginnings are compared by bytes")
    func endings() {
        let name = FileName(bytes: [0xFF] + Array(".part".utf8))
        #expect(name.hasSuffix(".part"))
        #expect(!name.hasPrefix("."))
        #expect(!FileName("art").hasSuffix(".part"))
    }
}
