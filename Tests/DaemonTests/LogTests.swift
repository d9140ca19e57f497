import Commerce
import FoundationEssentials
import Logging
import Testing

@testable import Daemon

@Suite("A log line reads well, by eye and by machine")
struct LogTests {
    private let line = LogLine(
        time: Date(timeIntervalSince1970: 1_700_000_000.25), level: .warning, message: "broker is away",
        metadata: [("attempt", "3"), ("reason", "say \"no\"\nagain"), ("time", "x")])

    @Test("on a terminal: time, level, message in columns, then the metadata; always one line")
    func text() {
        let text = String(decoding: line.text(coloured: false), as: UTF8.self)
        #expect(
            text == "22:13:20.250  WARNING  broker is away                       "
                + "attempt=3 reason=\"say \\\"no\\\"\\nagain\" time=x\n")
    }

    @Test("with colour only where it is asked for")
    func colour() {
        #expect(String(decoding: line.text(coloured: true), as: UTF8.self).contains("\u{1b}[33mWARNING"))
        #expect(!String(decoding: line.text(coloured: false), as: UTF8.self).contains("\u{1b}"))
    }

    @Test("as JSON: one object a line, whose own members no metadata can replace")
    func json() throws {
        let bytes = line.json(program: "productd")
        #expect(bytes.last == 0x0A)
        #expect(bytes.count { $0 == 0x0A } == 1)
        let document = try JSON.parse(bytes)
        #expect(document.faults.isEmpty)
        #expect(document.value["time"] == .string("2023-11-14T22:13:20.250Z"))
        #expect(document.value["level"] == .string("warning"))
        #expect(document.value["program"] == .string("productd"))
        #expect(document.value["reason"] == .string("say \"no\"\nagain"))
        #expect(document.value["time_"] == .string("x"))
    }
}
