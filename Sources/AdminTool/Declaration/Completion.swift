import AdminChannel
import ArgumentParser
import Commerce
import FoundationEssentials

/// What may be typed next behind a command's name, for the shells' completion.
///
/// It comes from the declaration; only ids and the like are asked from the daemon, which may take a second, and are
/// left out where it doesn't answer.
struct Completion {
    private let command: DeclaredCommand
    private let socket: String
    /// What there is already of the word.
    private let beginning: String

    init<Daemon: AdministeredDaemon>(
        of command: DeclaredCommand, in daemon: Daemon.Type, beginningWith beginning: String
    ) {
        self.command = command
        self.beginning = beginning
        socket = Daemon.socket
    }

    /// - Parameter typed: The words of the command line before the one that is being typed.
    func candidates(typed: [String]) -> [String] {
        let path = zip(typed, typed.dropFirst()).first { $0.0 == "--socket" }?.1 ?? socket
        if let last = typed.last, last.hasPrefix("--"),
            let option = command.parameters.first(where: { "--\($0.name)" == last && !$0.isFlag && !$0.isArgument })
        {
            return values(of: option, at: path)
        }
        let options = command.parameters.filter { !$0.isArgument && !typed.contains("--\($0.name)") }
            .map { described("--\($0.name)", $0.meaning) }
        return command.parameters.filter(\.isArgument).flatMap { values(of: $0, at: path) } + options
    }

    private func values(of parameter: DeclaredCommand.Parameter, at path: String) -> [String] {
        switch parameter.values {
        case .any: []
        case .oneOf(let words): words
        case .file: files
        case .member(let member, let request): rows(of: request, at: path).map { $0.text(member) }
        }
    }

    private func rows(of request: String, at path: String) -> [JSON] {
        var rows: [JSON] = []
        // Without an answer there are none.
        _ = try? AdminClient(path: path, timeout: .seconds(1)).request(request) { line in
            if line["t"] == .string("row") { rows.append(line) }
        }
        return rows
    }

    /// Files of this side, and directories.
    private var files: [String] {
        let folder = beginning.lastIndex(of: "/").map { String(beginning[...$0]) } ?? ""
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        return names.map { folder + $0 }
    }

    /// With what it means, for shells that show that.
    private func described(_ word: String, _ meaning: String) -> String {
        switch CompletionShell.requesting {
        case .some(.zsh): "\(word):\(meaning)"
        case .some(.fish): "\(word)\t\(meaning)"
        default: word
        }
    }
}
