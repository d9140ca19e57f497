import Foundation
import TestSupport

extension CommandLineTool {
    /// Asks with `--json`.
    ///
    /// - Returns: The reply's rows and its end.
    func ask(_ words: String...) throws -> Answer { try ask(words: words) }

    func ask(words: [String]) throws -> Answer {
        try Answer(run(words: ["--json"] + words))
    }

    /// Asks a daemon that may be killed meanwhile.
    ///
    /// - Returns: `nil` if it did not come to an answer; the end is the tool's own then.
    func answer(to words: [String]) throws -> Answer? {
        let answer = try ask(words: words)
        return answer.message.contains("ended the connection before its reply was complete") ? nil : answer
    }
}

/// What a daemon replied.
struct Answer: Sendable {
    let status: Int32
    let rows: [AnswerRow]
    let progress: [AnswerRow]
    let code: String
    let message: String

    init(_ outcome: CommandLineTool.Outcome) throws {
        var lines = try outcome.lines()
        guard let end = lines.popLast(), end["t"] as? String == "end" else {
            throw TestFailure("no end in \(outcome.output)\(outcome.errors)")
        }
        status = outcome.status
        rows = lines.filter { $0["t"] as? String == "row" }.map(AnswerRow.init)
        progress = lines.filter { $0["t"] as? String == "progress" }.map(AnswerRow.init)
        code = end["code"] as? String ?? ""
        message = end["message"] as? String ?? ""
    }

    /// A column.
    func all(_ name: String) -> [String] { rows.map { $0[name] } }
}

/// A line of a reply; values as text.
struct AnswerRow: Sendable {
    private let members: [String: String]

    init(_ line: [String: Any]) {
        members = line.mapValues { value in
            value is NSNull ? "null" : (value as? String) ?? "\(value)"
        }
    }

    /// A member's value as text, `null` for null, empty where there is none.
    subscript(_ name: String) -> String { members[name] ?? "" }
}
