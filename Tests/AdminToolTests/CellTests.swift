import Commerce
import Foundation
import Testing

@testable import AdminTool

@Suite("People see values with their units, programs as they are")
struct CellTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    @Test(
        "the end of a member's name says the unit",
        arguments: [
            ("sizeBytes", "1023", "1023 B"), ("sizeBytes", "1024", "1.0 KiB"), ("sizeBytes", "1610612736", "1.5 GiB"),
            ("sizeBytes", "9223372036854775807", "7.9 EiB"), ("forSeconds", "0", "0 s"), ("forSeconds", "119", "119 s"),
            ("forSeconds", "312", "5 min"), ("forSeconds", "100000", "27 h"), ("forSeconds", "172800", "2 d"),
            ("afterMs", "12345", "12,345 ms"), ("orders", "1234567", "1,234,567"), ("orders", "-1234", "-1,234"),
            ("orders", "999", "999"), ("total", "1234.50", "1,234.50"), ("pid", "12345", "12345"),
            ("heldByUid", "64001", "64001"), ("value", "1e+30", "1e+30"),
        ])
    func units(name: String, digits: String, shown: String) {
        #expect(Cell(MemberName(name), .number(digits), now: now).text == shown)
        #expect(Cell(MemberName(name), .number(digits), now: nil).text == digits)
    }

    @Test(
        "times are said by how far away they are",
        arguments: [
            (-3_700.0, "61 min ago"), (-59, "59 s ago"), (0.4, "now"), (-0.9, "now"), (600, "in 10 min"),
            (-400_000, "4 d ago"),
        ])
    func times(distance: TimeInterval, shown: String) {
        let time = now.addingTimeInterval(distance).rfc3339
        #expect(Cell(MemberName("parkedAt"), .string(time), now: now).text == shown)
        #expect(Cell(MemberName("parkedAt"), .string(time), now: nil).text == time)
    }

    @Test("what is not known is left empty for people, and is a dash for programs")
    func unknown() {
        for value in [JSON.null, .string("")] {
            #expect(Cell(MemberName("reason"), value, now: now).text == "")
            #expect(Cell(MemberName("reason"), value, now: nil).text == "-")
        }
    }

    @Test("nothing that comes from elsewhere moves the cursor, colours, turns the writing or ends the line")
    func hostile() {
        let text = "a\u{1B}[2Jb\u{9B}31m\n\u{202E}c\rd\u{7F}"
        #expect(Cell(MemberName("name"), .string(text), now: now).text == "a?[2Jb?31m ?c?d?")
        #expect(Cell(MemberName("name"), .string(text), now: nil).text == "a?[2Jb?31m ?c?d?")
        let parameters = JSON.object([JSON.Member("reason", .string("\u{1B}c"))])
        #expect(Cell(MemberName("parameters"), parameters, now: now).text == "reason=?c")
    }

    @Test(
        "a header is words for people, and one word for programs",
        arguments: [
            ("forSeconds", "for", "FOR_SECONDS"), ("sizeBytes", "size", "SIZE_BYTES"), ("at", "at", "AT"),
            ("mostAttempts", "most attempts", "MOST_ATTEMPTS"), ("orders/s", "orders/s", "ORDERS/S"),
            ("files waiting", "files waiting", "FILES_WAITING"), ("oldestAt", "oldest", "OLDEST_AT"),
        ])
    func headers(name: String, title: String, heading: String) {
        #expect(MemberName(name).title == title)
        #expect(MemberName(name).heading == heading)
    }

    @Test(
        "a progress bar says how far, and how long it will take",
        arguments: [
            (0, 200, 1, "[------------------------]   0 %  0 of 200 orders"),
            (50, 200, 4, "[######------------------]  25 %  50 of 200 orders, 12 s left"),
            (200, 200, 9, "[########################] 100 %  200 of 200 orders"),
            (300, 200, 9, "[########################] 100 %  300 of 200 orders"),
            (12_345, nil, 9, "12,345 orders, 9 s"), (0, nil, 3, "orders, 3 s"),
        ] as [(Int, Int?, Int, String)])
    func progress(done: Int, total: Int?, seconds: Int, text: String) {
        #expect(ProgressBar.text(done, of: total, "orders", after: .seconds(seconds)) == text)
    }
}
