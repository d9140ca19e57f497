/// All commands of a daemon, and which one a request means.
public struct CommandTable: Sendable {
    public let commands: [AdminCommand]
    private let index: [String: AdminCommand]

    public init(_ commands: [AdminCommand]) {
        self.commands = commands
        index = Dictionary(commands.map { ($0.name, $0) }) { first, _ in first }
    }

    public subscript(_ name: String) -> AdminCommand? { index[name] }

    /// The command that a request means, and its values by the names of its parameters.
    ///
    /// - Throws: ``AdminEnd`` with `usage`, saying what would be right.
    public func resolve(_ request: AdminRequest) throws(AdminEnd) -> (AdminCommand, values: [String: String]) {
        switch request {
        case .object(let name, let values):
            guard let command = index[name] else { throw unknown(name) }
            for name in values.keys.sorted() where !command.parameters.contains(where: { $0.name == name }) {
                throw AdminEnd(.usage, "\(command.name) has no \(name); it is: \(command.usage)")
            }
            return (command, try complete(values, of: command))
        case .words(let words):
            guard !words.isEmpty else { throw AdminEnd(.usage, "the request is empty; help lists the commands") }
            for count in [2, 1] where words.count >= count {
                guard let command = index[words[..<count].joined(separator: " ")] else { continue }
                return (command, try complete(parse(words[count...], of: command), of: command))
            }
            throw unknown(words.prefix(2).joined(separator: " "))
        }
    }

    private func unknown(_ name: String) -> AdminEnd {
        AdminEnd(.usage, "there is no command '\(name.prefix(64))'; help lists them")
    }

    private func parse(_ words: ArraySlice<String>, of command: AdminCommand) throws(AdminEnd) -> [String: String] {
        var values: [String: String] = [:]
        var places = command.parameters.filter { if case .argument = $0.kind { true } else { false } }[...]
        var rest = words
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                guard let place = places.popFirst() else {
                    throw AdminEnd(.usage, "'\(word.prefix(64))' is one word too many; it is: \(command.usage)")
                }
                values[place.name] = word
                continue
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            let parameter = command.parameters.first { $0.name == name }
            switch parameter?.kind {
            case .flag where parts.count == 1: values[name] = "true"
            case .option where parts.count == 2: values[name] = String(parts[1])
            case .option:
                guard let value = rest.popFirst() else { throw AdminEnd(.usage, "--\(name) needs a value") }
                values[name] = value
            default:
                throw AdminEnd(.usage, "\(command.name) has no --\(name.prefix(64)); it is: \(command.usage)")
            }
        }
        return values
    }

    private func complete(_ values: [String: String], of command: AdminCommand) throws(AdminEnd) -> [String: String] {
        for parameter in command.parameters where parameter.kind == .argument(isRequired: true) {
            guard values[parameter.name]?.isEmpty == false else {
                throw AdminEnd(.usage, "\(parameter.name) is missing; it is: \(command.usage)")
            }
        }
        return values
    }
}
