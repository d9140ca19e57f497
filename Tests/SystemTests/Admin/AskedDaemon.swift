import Foundation
import Synchronization
import TestSupport

/// How a request reaches a daemon.
enum Way: String, CaseIterable, Sendable {
    /// Typed at by hand: `socat - UNIX-CONNECT:…`.
    case socat
    /// Through its tool, for a person.
    case tool
    /// Through its tool, for a program.
    case json
}

/// A daemon that a test asks everything, always in one way, with what it replied.
final class AskedDaemon: Sendable {
    private let tool: CommandLineTool
    private let way: Way
    /// `productd` or `customerd`.
    private let daemon: String
    private let replies = Mutex<[(command: String, line: String)]>([])
    private let asked = Mutex<Set<String>>([])
    private let names: Set<String>

    /// - Parameter tool: The daemon must be running.
    init(_ tool: CommandLineTool, by way: Way) async throws {
        self.tool = tool
        self.way = way
        daemon = tool.name.replacing("ctl", with: "d")
        names = Set(try await tool.ask("help").rows.map { $0["command"] })
    }

    /// Asks, and expects an end with this exit status.
    ///
    /// - Parameter file: The path of what is sent along: by hand behind the request, otherwise by the tool.
    /// - Returns: The rows of the reply; none when a person asked.
    @discardableResult
    func ask(_ words: String..., file: String? = nil, ending expected: Int32 = 0) async throws -> [AnswerRow] {
        let command = names.filter { words.starts(with: $0.split(separator: " ").map(String.init)) }.max() ?? words[0]
        _ = asked.withLock { $0.insert(command) }
        let outcome = try await outcome(of: words, file: file)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        guard way != .tool else {
            try require(outcome.status == expected, "\(words) ends with \(outcome.status): \(outcome.errors)")
            try require(!lines.isEmpty || !outcome.errors.isEmpty, "\(words) says nothing")
            return []
        }
        replies.withLock { replies in replies += lines.map { (command, $0) } }
        let documents = try outcome.lines()
        let end = documents.last ?? [:]
        try require(documents.filter { $0["t"] as? String == "end" }.count == 1, "\(words) has one end")
        try require(end["exit"] as? Int == Int(expected), "\(words) ends with \(end)")
        if way == .json { try require(outcome.status == expected, "\(words): status \(outcome.status)") }
        return documents.filter { $0["t"] as? String == "row" }.map(AnswerRow.init)
    }

    /// Every command that the daemon knows was asked, and every line of every reply fits its command's schema.
    func expectWholeAndAsPublished() async throws {
        let missing = names.subtracting(asked.withLock { $0 })
        try require(missing.isEmpty, "not asked: \(missing.sorted())")
        guard way != .tool else { return }
        let lines = replies.withLock { $0 }.map { command, line in "\(schema(of: command))\t\(line)\n" }
        let outcome = try await tool.outcome(
            of: [Script.root.appending(path: "scripts/check-replies").path], environment: [:], input: lines.joined())
        try require(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }

    private func outcome(of words: [String], file: String?) async throws -> CommandLineTool.Outcome {
        switch way {
        case .tool: return try await tool.run(words: words + [file].compactMap(\.self))
        case .json: return try await tool.run(words: words + [file].compactMap(\.self) + ["--json"])
        case .socat:
            var line = words.map { $0.contains(" ") ? "\"\($0)\"" : $0 }.joined(separator: " ")
            let content = try file.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? ""
            if let file { line += " \(URL(filePath: file).lastPathComponent) --bytes \(content.utf8.count)" }
            return try await tool.outcome(
                of: ["/usr/bin/socat", "-t", "120", "-", "UNIX-CONNECT:\(tool.socket)"], environment: [:],
                input: line + "\n" + content)
        }
    }

    private func schema(of command: String) -> String {
        guard names.contains(command) else { return "reply" }
        let file = command.replacing(" ", with: "-")
        let own = Script.root.appending(path: "docs/schemas/admin/\(daemon)/\(file).json")
        return (FileManager.default.fileExists(atPath: own.path) ? daemon : "both") + "/\(file)"
    }
}

/// Fails a test at once, for what comes after would only fail as well.
func require(_ isSo: Bool, _ what: @autoclosure () -> String) throws {
    if !isSo { throw TestFailure(what()) }
}
