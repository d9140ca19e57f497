/// Something that can be asked of a daemon over its admin socket.
public struct AdminCommand: Sendable {
    /// What a request may say beside the command's name.
    public struct Parameter: Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            /// A bare word, in its place.
            case argument(isRequired: Bool)
            /// `--name value`.
            case option
            /// `--name`.
            case flag
        }

        public let name: String
        public let kind: Kind
        /// One line of help.
        public let meaning: String

        public static func argument(_ name: String, _ meaning: String, isRequired: Bool = true) -> Parameter {
            Parameter(name: name, kind: .argument(isRequired: isRequired), meaning: meaning)
        }

        public static func option(_ name: String, _ meaning: String) -> Parameter {
            Parameter(name: name, kind: .option, meaning: meaning)
        }

        public static func flag(_ name: String, _ meaning: String) -> Parameter {
            Parameter(name: name, kind: .flag, meaning: meaning)
        }
    }

    public typealias Run = @Sendable (AdminCall, any AdminReply) async throws -> AdminEnd

    /// One or two words: `spool list`.
    public let name: String
    /// The least role that may ask for it.
    public let role: Role
    /// One line of help.
    public let summary: String
    public let parameters: [Parameter]
    /// Whether it changes anything: then it is logged, and kept in the audit.
    public let isMutation: Bool
    public let run: Run

    public init(
        _ name: String, role: Role, _ summary: String, _ parameters: [Parameter] = [], isMutation: Bool = false,
        run: @escaping Run
    ) {
        self.name = name
        self.role = role
        self.summary = summary
        self.parameters = parameters
        self.isMutation = isMutation
        self.run = run
    }

    /// As one would type it: `spool list [--limit LIMIT] PARTNER`.
    public var usage: String {
        ([name]
            + parameters.map { parameter in
                switch parameter.kind {
                case .argument(isRequired: true): parameter.name.uppercased()
                case .argument(isRequired: false): "[\(parameter.name.uppercased())]"
                case .option: "[--\(parameter.name) \(parameter.name.uppercased())]"
                case .flag: "[--\(parameter.name)]"
                }
            }).joined(separator: " ")
    }
}
