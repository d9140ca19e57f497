import ArgumentParser

/// A type for each place in the list of a daemon's commands: ArgumentParser wants a type for each command, and these
/// are made while the program runs.
protocol Place: Sendable {
    static var number: Int { get }
}

enum FirstPlace: Place {
    static let number = 0
}

enum PlaceAfter<Before: Place>: Place {
    static var number: Int { Before.number + 1 }
}

extension Place {
    static var next: any Place.Type { PlaceAfter<Self>.self }
    static func leaf<Daemon: AdministeredDaemon>(_: Daemon.Type) -> any ParsableCommand.Type {
        LeafCommand<Daemon, Self>.self
    }
    static func group<Daemon: AdministeredDaemon>(_: Daemon.Type) -> any ParsableCommand.Type {
        GroupCommand<Daemon, Self>.self
    }
}

/// The tree that a daemon's commands make by their words: `spool` with `list`, `show`, ….
struct CommandTypes<Daemon: AdministeredDaemon> {
    private let places: [any Place.Type]

    init() {
        var places: [any Place.Type] = []
        for _ in Daemon.commands { places.append(places.last?.next ?? FirstPlace.self) }
        self.places = places
    }

    /// What can be typed first.
    var roots: [any ParsableCommand.Type] {
        var seen: Set<String> = []
        return zip(Daemon.commands, places).compactMap { command, place in
            guard seen.insert(command.words[0]).inserted else { return nil }
            return members(of: command.words[0]).isEmpty ? place.leaf(Daemon.self) : place.group(Daemon.self)
        }
    }

    /// What can be typed behind a first word.
    func members(of word: String) -> [any ParsableCommand.Type] {
        zip(Daemon.commands, places).filter { $0.0.words.count > 1 && $0.0.words[0] == word }
            .map { $1.leaf(Daemon.self) }
    }

    /// The command with exactly these words, or the group.
    func type(of words: [String]) -> (any ParsableCommand.Type)? {
        if words.count == 1 { return roots.first { $0.configuration.commandName == words[0] } }
        return zip(Daemon.commands, places).first { $0.0.words == words }?.1.leaf(Daemon.self)
    }
}
