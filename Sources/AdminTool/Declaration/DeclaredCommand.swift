import Commerce

/// A command as its daemon declares it: a row of what `help` answers.
///
/// `Commands/productd.ndjson` is what `productctl --json help` printed, and so on; a test sees to it that the daemons
/// still say the same. So the tool knows all commands also when no daemon runs, and none of them stands in its own
/// code.
public struct DeclaredCommand: Sendable {
    /// One or two words.
    let words: [String]
    let usage: String
    let role: String
    let summary: String
    let parameters: [Parameter]
    let examples: [String]

    struct Parameter: Sendable {
        enum Values: Sendable {
            case any
            case oneOf([String])
            case member(String, of: String)
            /// A file of this side, sent along.
            case file
        }

        let name: String
        let isArgument: Bool
        let isFlag: Bool
        let placeholder: String
        let meaning: String
        let values: Values
    }

    /// - Parameter bytes: A reply to `help`.
    static func list(_ bytes: [UInt8]) -> [DeclaredCommand] {
        bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let row = try? JSON.parse(Array(line)).value, row["t"] == .string("row") else { return nil }
            return DeclaredCommand(row)
        }
    }

    private init(_ row: JSON) {
        words = row.text("command").split(separator: " ").map(String.init)
        usage = row.text("usage")
        role = row.text("role")
        summary = row.text("summary")
        parameters = row.elements("parameters").map(Parameter.init)
        examples = row.elements("examples").compactMap(\.text)
    }

    func has(_ option: String) -> Bool {
        parameters.contains { $0.name == option && !$0.isArgument }
    }

    /// Where the file stands that is to be sent along.
    ///
    /// - Parameter words: What was typed behind the command.
    func place(ofFileIn words: [String]) -> Int? {
        var arguments = parameters.filter(\.isArgument)[...]
        var isValue = false
        for (index, word) in words.enumerated() {
            if isValue || word.hasPrefix("--") {
                isValue = !isValue && parameters.contains { "--\($0.name)" == word && !$0.isFlag }
            } else if case .file? = arguments.popFirst()?.values {
                return index
            }
        }
        return nil
    }
}

extension DeclaredCommand.Parameter {
    fileprivate init(_ value: JSON) {
        name = value.text("name")
        isArgument = value.text("kind") == "argument"
        isFlag = value.text("kind") == "flag"
        placeholder = value.text("placeholder")
        meaning = value.text("meaning")
        values =
            switch value["values"] {
            case .array(let words)?: .oneOf(words.compactMap(\.text))
            case .string("file")?: .file
            case .object?:
                .member(value["values"]?.text("member") ?? "", of: value["values"]?.text("request") ?? "")
            default: .any
            }
    }
}

extension JSON {
    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    func text(_ name: String) -> String { self[name]?.text ?? "" }

    fileprivate func elements(_ name: String) -> [JSON] {
        if case .array(let elements)? = self[name] { elements } else { [] }
    }
}
