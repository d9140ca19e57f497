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
        // Blank ones are counted: an editor does so, too.
        #expect(found == [line(1, 1, "{\"a\":1}\r"), line(4, 2, "{\"b\":2}"), line(5, 3, "{\"c\":3}")])
    }

    @Test("a line that is too long is said to be, and the next one is read")
    func tooLong() {
        var lines = NDJSONLines(maximumLength: 4)
        #expect(
            lines.append(Array("1234\n12345\n12\n".utf8)) == [line(1, 1, "1234"), line(2, 2, nil), line(3, 3, "12")])
    }

    private func line(_ number: Int, _ place: Int, _ text: String?) -> NDJSONLines.Line {
        NDJSONLines.Line(number: number, place: place, text: text.map { Array($0.utf8) })
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
