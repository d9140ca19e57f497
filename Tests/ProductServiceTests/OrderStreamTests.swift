import Testing

@testable import ProductService

@Suite("A stream of orders is cut into lines and answered in their order")
struct OrderStreamTests {
    @Test("lines come out the same however the bytes are cut", arguments: 1...7)
    func chunks(size: Int) {
        let text = Array("{\"a\":1}\r\n\n  \n{\"b\":2}\n{\"c\":3}".utf8)
        var lines = NDJSONLines(maximumLength: 100)
        var found: [NDJSONLines.Line] = []
        for start in stride(from: 0, to: text.count, by: size) {
            found += lines.append(text[start..<min(start + size, text.count)])
        }
        if let last = lines.finish() { found.append(last) }
        #expect(
            found == [.text(Array("{\"a\":1}\r".utf8)), .text(Array("{\"b\":2}".utf8)), .text(Array("{\"c\":3}".utf8))])
    }

    @Test("a line that is too long is said to be, and the next one is read")
    func tooLong() {
        var lines = NDJSONLines(maximumLength: 4)
        #expect(
            lines.append(Array("1234\n12345\n12\n".utf8)) == [
                .text(Array("1234".utf8)), .tooLong, .text(Array("12".utf8)),
            ])
    }

    @Test("answers are given out in the order of their questions")
    func window() {
        var window = AnswerWindow()
        #expect(window.add(2, [2]) == [])
        #expect(window.add(0, [0]) == [0])
        #expect(window.add(1, [1]) == [1, 2])
        #expect(window.written == 3)
    }
}
