import AdminChannel
import RequestFuzzing
import Testing

@Suite("A request is bare words or one JSON object, and is read or refused with what would be right")
struct AdminRequestTests {
    private let table = CommandTable.fuzzing

    private func resolve(_ line: String) throws(AdminEnd) -> (String, [String: String]) {
        let (command, values) = try table.resolve(AdminRequest(line: Array(line.utf8)))
        return (command.name, values)
    }

    @Test(
        "what is right is understood",
        arguments: [
            ("status", "status", [:]), ("  spool   list  ", "spool list", [:]), ("spool", "spool", [:]),
            ("spool list acme --limit 5 --all", "spool list", ["partner": "acme", "limit": "5", "all": "true"]),
            ("spool list --limit=5", "spool list", ["limit": "5"]),
            (#"discard 1 --reason "no \"such\" shop\\""#, "discard", ["id": "1", "reason": #"no "such" shop\"#]),
            (#"discard "" --reason x --reason y 2"#, "discard", ["id": "", "reason": "y"]),
            (#"{"command":"spool list","limit":5,"all":true}"#, "spool list", ["limit": "5", "all": "true"]),
        ] as [(String, String, [String: String])])
    func understood(line: String, command: String, values: [String: String]) throws {
        // An argument that is there and empty is missing, and "2" then is one word too many.
        if values["id"] == "" {
            #expect(throws: AdminEnd.self) { try resolve(line) }
            return
        }
        let (name, found) = try resolve(line)
        #expect(name == command)
        #expect(found == values)
    }

    @Test(
        "what is wrong is refused, and it is said what would be right",
        arguments: [
            ("", "empty"), ("nonsense", "no command"), ("status now", "one word too many"),
            ("spool list --colour red", "no --colour"), ("spool list --limit", "needs a value"),
            ("spool list --all=yes", "no --all"), ("discard", "id is missing"), (#"discard "1"#, "not closed"),
            ("{", "no JSON"), ("{}", "no command"), (#"{"command":"status","x":1}"#, "has no x"),
            (#"{"command":"status","x":[1]}"#, "must be a string"), (#"{"command":7}"#, "no command"),
            (#"{"command":"a","command":"b"}"#, "only once"), (#"["status"]"#, "no command"),
        ])
    func refused(line: String, reason: String) {
        let end = #expect(throws: AdminEnd.self) { try resolve(line) }
        #expect(end?.code == .usage)
        #expect(end?.message.contains(reason) == true, "\(end?.message ?? "")")
    }

    @Test(
        "what the tools write is read as the words that were typed",
        arguments: [
            ["status"], ["discard", "1", "--reason", #"no "such" shop\"#], ["discard", "", "--reason", "a  b"],
            ["discard", "{1}", "--reason=\u{2028}x"], ["discard", "\u{600} \u{600}\"", "\"\u{301}"],
        ])
    func written(words: [String]) throws {
        #expect(try AdminRequest(line: Array(AdminRequest.line(of: words).utf8)) == .words(words))
    }

    @Test("a line end in a word begins no other request")
    func lineEnd() {
        #expect(
            AdminRequest.line(of: ["discard", "1", "--reason", "a\nshutdown"]) == #"discard 1 --reason "a shutdown""#)
    }

    @Test("fifty thousand mutated requests are understood or refused, and none crashes the reader; make fuzz has more")
    func mutated() {
        var fuzzer = RequestFuzzer(.fuzzing, seeds: RequestFuzzer.seeds, seed: 7)
        let outcome = fuzzer.run(50_000)
        #expect(outcome.broken == [])
        #expect(outcome.understood > 0 && outcome.refused > 0)
    }
}
