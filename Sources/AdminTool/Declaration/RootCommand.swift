import ArgumentParser

/// `productctl` or `customerctl`.
struct RootCommand<Daemon: AdministeredDaemon>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Daemon.tool, abstract: "Ask \(Daemon.name) how it is, and tell it what to do.",
            usage: "\(Daemon.tool) [--socket <path>] [--timeout <seconds>] [--json] <command> …",
            discussion: """
                EXAMPLES:
                  \(Daemon.tool) status
                  \(Daemon.tool) watch
                  \(Daemon.tool) stats --json
                  \(Daemon.tool) --socket .local/run/\(Daemon.name).sock health
                  \(Daemon.tool) help pause

                EXIT STATUS:
                  0 ok, 1 failed, 2 usage, 3 the daemon is not running, 4 not allowed, 5 not found, \
                6 wrong state or configuration, 7 unhealthy, 75 timed out.
                """,
            subcommands: CommandTypes<Daemon>().roots)
    }

    @OptionGroup var options: ToolOptions

    func run() throws {
        throw ValidationError("Say what to do; `\(Daemon.tool) help` lists what can be asked.")
    }
}

/// The first word of several commands: `spool`. Where it is a command by itself (`stats`), that is run.
struct GroupCommand<Daemon: AdministeredDaemon, First: Place>: ParsableCommand {
    private static var word: String { Daemon.commands[First.number].words[0] }
    private static var members: [String] {
        Daemon.commands.filter { $0.words.count > 1 && $0.words[0] == word }.map { $0.words[1] }
    }
    private static var own: DeclaredCommand? { Daemon.commands.first { $0.words == [word] } }

    static var configuration: CommandConfiguration {
        let list = members.joined(separator: ", ")
        return CommandConfiguration(
            commandName: word, abstract: own.map { "\($0.summary) Also: \(list)." } ?? "\(list).",
            subcommands: CommandTypes<Daemon>().members(of: word))
    }

    @OptionGroup var options: ToolOptions

    func run() throws {
        guard let own = Self.own else {
            throw ValidationError("Say what of \(Self.word): \(Self.members.joined(separator: ", ")).")
        }
        try Request(own, [], options, to: Daemon.self).run()
    }
}

/// One command.
struct LeafCommand<Daemon: AdministeredDaemon, Own: Place>: ParsableCommand {
    private static var command: DeclaredCommand { Daemon.commands[Own.number] }

    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: command.words.last ?? "", abstract: command.summary,
            usage: "\(Daemon.tool) \(command.usage)", discussion: command.discussion(tool: Daemon.tool),
            // ArgumentParser has a `help` of its own, which it offers; this one answers.
            shouldDisplay: command.words != ["help"], aliases: command.words == ["watch"] ? ["top"] : [])
    }

    @OptionGroup var options: ToolOptions

    @Argument(
        parsing: .allUnrecognized, help: "What the command takes, as above.",
        completion: .custom { words, index, beginning in
            Completion(of: Self.command, in: Daemon.self, beginningWith: beginning)
                .candidates(typed: Array(words.prefix(index)))
        })
    var words: [String] = []

    func run() throws {
        if Self.command.words == ["help"], !options.json {
            return try showHelp()
        }
        try Request(Self.command, words, options, to: Daemon.self).run()
    }

    private func showHelp() throws {
        guard !words.isEmpty else { throw CleanExit.helpRequest(RootCommand<Daemon>.self) }
        guard let type = CommandTypes<Daemon>().type(of: words) else {
            throw ValidationError("There is no command '\(words.joined(separator: " "))'.")
        }
        TextStream.output.write(RootCommand<Daemon>.helpMessage(for: type))
    }
}
