import Glibc
public import Logging
import Systemd

/// Where the daemon's log goes: the journal, a terminal, or whatever reads JSON lines.
public enum LogOutput: Sendable, Hashable {
    case journal
    case text(coloured: Bool)
    case json

    /// What a format means for this process, with stderr as it is.
    public init(_ format: LogFormat) {
        switch format {
        case .json: self = .json
        case .automatic where Journal.isStandardError: self = .journal
        case .automatic, .text: self = .text(coloured: isatty(2) == 1 && getenv("NO_COLOR") == nil)
        }
    }

    /// A handler for a logger of this program.
    public func handler(program: String, level: Logger.Level) -> any LogHandler {
        switch self {
        case .journal: JournalLogHandler(identifier: program, level: level)
        case .text(let coloured): LineLogHandler(level: level) { writeToStandardError($0.text(coloured: coloured)) }
        case .json: LineLogHandler(level: level) { writeToStandardError($0.json(program: program)) }
        }
    }

    /// The one logger of a program, from which all others are made; libraries that make their own get the same output.
    public static func bootstrap(program: String, _ configuration: LogConfiguration) -> Logger {
        let output = LogOutput(configuration.format)
        LogThreshold.shared.configure(configuration.level)
        LoggingSystem.bootstrap { _ in
            ThresholdLogHandler(output.handler(program: program, level: .trace), threshold: .shared)
        }
        return Logger(label: program)
    }
}
