import AdminChannel
import Testing

@Suite("A request is bare words or one JSON object, and is read or refused with what would be right")
struct AdminRequestTests {
    private let table = CommandTable([
        AdminCommand("status", role: .viewer, "") { _, _ in .ok() },
        AdminCommand(
            "spool list", role: .viewer, "",
            [.argument("partner", "", isRequired: false), .option("limit", ""), .flag("all", "")]
        ) { _, _ in .ok() },
        AdminCommand("spool", role: .viewer, "") { _, _ in .ok() },
        AdminCommand("discard", role: .admin, "", [.argument("id", ""), .option("reason", "")]) { _, _ in .ok() },
    ])

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

    @Test("two hundred thousand mutated requests are understood or refused, and none crashes the reader")
    func mutated() {
        let seeds = [
            "spool list acme --limit 5 --all", #"discard 1 --reason "no \"such\" shop""#,
            #"{"command":"spool list","limit":5,"all":true,"partner":"\u00e9\ud83d\ude00"}"#, "status",
        ].map { Array($0.utf8) }
        let alphabet = Array(#"{}[]":,\ -=aZ0"#.utf8) + [0, 9, 0x0D, 0x7F, 0xC3, 0xFF]
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var understood = 0
        for round in 0..<200_000 {
            var line = seeds[round % seeds.count]
            for _ in 0...next(4) {
                let place = next(line.count + 1)
                switch next(3) {
                case 0 where place < line.count: line[place] = alphabet[next(alphabet.count)]
                case 1 where place < line.count: line.remove(at: place)
                default: line.insert(alphabet[next(alphabet.count)], at: place)
                }
            }
            do throws(AdminEnd) {
                _ = try table.resolve(AdminRequest(line: line))
                understood += 1
            } catch {
                #expect(error.code == .usage)
            }
        }
        #expect(understood > 0)
    }
}
