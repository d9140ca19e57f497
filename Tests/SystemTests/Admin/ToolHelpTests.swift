import Foundation
import TestSupport
import Testing

@Suite("The tools know what their daemons can be asked, also when none runs")
struct ToolHelpTests {
    @Test("their list is what the daemon says of itself", arguments: ["productd", "customerd"])
    func declaration(daemon: String) async throws {
        try await Shop.open(on: .shared(), running: []) { shop in
            let isProductd = daemon == "productd"
            let (program, tool) = isProductd ? (shop.productd, shop.productctl) : (shop.customerd, shop.customerctl)
            try await program.startAndAwaitReadiness()
            let path = "Sources/AdminTool/Commands/\(daemon).ndjson"
            let kept = try String(contentsOf: Script.root.appending(path: path), encoding: .utf8)
            let said = try await tool.run("--json", "help").output
            #expect(kept == said, "\(tool.name) --json help > \(path), and build anew")
        }
    }

    @Test("every example in the help is understood by the daemon", arguments: ["productd", "customerd"])
    func examples(daemon: String) async throws {
        try await Shop.open(on: .shared(), running: []) { shop in
            let isProductd = daemon == "productd"
            let (program, tool) = isProductd ? (shop.productd, shop.productctl) : (shop.customerd, shop.customerctl)
            try await program.startAndAwaitReadiness()
            let examples = try await tool.run("--json", "help").lines().flatMap { row -> [String] in
                let examples = row["examples"] as? [String] ?? []
                let parameters = row["parameters"] as? [Any] ?? []
                #expect(parameters.isEmpty || !examples.isEmpty, "\(row["command"] ?? "") has no example")
                let takesFile = parameters.contains { ($0 as? [String: Any])?["values"] as? String == "file" }
                // What never ends, or ends the daemon, is tried elsewhere.
                return examples.filter { !$0.hasPrefix("watch") && !$0.hasPrefix("shutdown") }
                    .map { takesFile ? "\($0) --bytes 1\n" : $0 }
            }
            for example in examples {
                let end = try #require(try await ByHand(path: tool.socket).exchange(example).last)
                #expect(!end.contains(#""code":"usage""#), "\(example): \(end)")
            }
        }
    }

    @Test(
        "help is there for the whole, for groups and for commands, in each of the usual ways",
        arguments: [
            (["--help"], "productctl watch"), (["help"], "SUBCOMMANDS:"), (["-h"], "EXIT STATUS:"),
            (["help", "spool", "list"], "--state STATE"),
            (["spool", "list", "--help"], "productctl spool list --state"),
            (["spool", "--help"], "discard"), (["help", "spool"], "backlog"), (["stats", "--help"], "viewer"),
            (["help", "order", "trace"], "committed"), (["watch", "-h"], "--count N"),
        ])
    func help(words: [String], part: String) async throws {
        let tool = try CommandLineTool(name: "productctl", socket: "/nonexistent")
        let outcome = try await tool.run(words: words)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        #expect(outcome.output.contains(part) && outcome.output.contains("USAGE:"), "\(outcome.output)")
        #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 110 })
    }

    @Test("stats is a command and the first word of another one")
    func nested() async throws {
        try await Shop.open(on: .shared(), running: [\.customerd]) { shop in
            let answer = try await shop.customerctl.ask("stats")
            #expect(answer.rows.count > 10)
            try await shop.customerctl.expect("stats", "rebuild")
        }
    }

    // MARK: Completion

    @Test(
        "bash completes commands, options and values, without a daemon",
        arguments: [
            ("productctl sp", ["spool"]), ("productctl spool re", ["release", "rescan", "retry"]),
            ("productctl spool list --st", ["--state"]), ("productctl spool list --state h", ["held"]),
            ("productctl --socket x pause ", ["http", "ingest", "publish"]), ("productctl pause http --f", ["--for"]),
            ("productctl spool list --limit 5 --par", ["--partner"]), ("productctl log-level de", ["debug"]),
            ("productctl status --js", ["--json"]),
            ("productctl orders import --partner acme /etc/pass", ["/etc/passwd"]),
        ])
    func bash(line: String, expected: [String]) async throws {
        let found = try await Self.completions(in: line, socket: "/nonexistent")
        #expect(Set(found.filter { !$0.hasPrefix("--") || line.contains("--") }).isSuperset(of: expected), "\(found)")
    }

    @Test("ids that the daemon can say at once are completed, too")
    func ids() async throws {
        try await Spool.open { spool in
            let receipt = try await spool.take(spool.file("good.ndjson"))
            let socket = spool.shop.productctl.socket
            let found = try await Self.completions(in: "productctl spool show \(receipt.id.prefix(8))", socket: socket)
            #expect(found == [receipt.id])
            let partners = try await Self.completions(in: "productctl spool list --partner a", socket: socket)
            #expect(partners == ["acme"])
        }
    }

    @Test(
        "zsh and fish complete as well",
        .enabled(if: Shell.allCases.allSatisfy(\.isThere), "this needs zsh and fish"), arguments: Shell.allCases)
    func shells(shell: Shell) async throws {
        let script = try await CommandLineTool(name: "productctl", socket: "/nonexistent")
            .run("--generate-completion-script", shell.rawValue).output
        let folder = FileManager.default.temporaryDirectory.appending(path: "shell-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(script.utf8).write(to: folder.appending(path: "_productctl"))
        for (typed, expected) in [
            ("spool ba", "backlog"), ("spool list --limit 5 --sta", "--state"), ("pause http --fo", "--for"),
            ("log-level cri", "critical"),
        ] {
            let terminal = try PseudoTerminal(shell.words, environment: Self.environment(home: folder.path))
            await terminal.type(shell.preparation(folder.path))
            _ = try await terminal.output { $0.contains("is-ready\r") }
            await terminal.type("productctl \(typed)\t")
            _ = try await terminal.output { $0.contains(expected.dropFirst(2)) || $0.contains(expected) }
        }
    }

    /// What TAB offers at the end of a line in bash.
    private static func completions(in line: String, socket: String) async throws -> [String] {
        let script = """
            source <(productctl --generate-completion-script bash)
            COMP_LINE="$1" COMP_POINT=${#1}
            read -ra COMP_WORDS <<<"$1"
            [[ $1 != *" " ]] || COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _productctl productctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        var settings = environment(home: "/tmp")
        settings["ADMIN_SOCKET"] = socket
        let tool = try CommandLineTool(name: "productctl", socket: socket)
        let outcome = try await tool.outcome(of: ["/bin/bash", "-c", script, "-", line], environment: settings)
        try require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        return outcome.output.split(separator: "\n").map(String.init)
    }

    private static func environment(home: String) -> [String: String] {
        [
            "PATH": "\(RunningDaemon.folder.path):/usr/bin:/bin", "HOME": home, "XDG_CONFIG_HOME": home,
            "LANG": "C.UTF-8",
            "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
        ]
    }
}

/// A shell that completes words by its own way of saying so.
enum Shell: String, CaseIterable, Sendable {
    case zsh, fish

    var path: String { "/usr/bin/\(rawValue)" }
    var isThere: Bool { access(path, X_OK) == 0 }

    var words: [String] {
        switch self {
        case .zsh: [path, "-f", "-i"]
        case .fish: [path, "--no-config", "-i"]
        }
    }

    /// Has it know the tool, and say so.
    func preparation(_ folder: String) -> String {
        switch self {
        case .zsh:
            "fpath=(\(folder) $fpath); autoload -U compinit; compinit -u -D; . \(folder)/_productctl; echo is-ready\n"
        case .fish: "source \(folder)/_productctl; echo is-ready\n"
        }
    }
}
