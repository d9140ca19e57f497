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

        /// Which values there are, for who completes what is being typed. The command itself says what it takes.
        public enum Values: Sendable, Hashable {
            case any
            case oneOf([String])
            /// What the rows of another request have in one of their members: `spool list`, `id`.
            case member(String, of: String)
            /// A file of the client's, which is not the daemon's to see: the request has its name, and behind it, as
            /// `--bytes` says, its content.
            case file
        }

        public let name: String
        public let kind: Kind
        /// One line of help.
        public let meaning: String
        /// What stands for the value in the usage: `TIME`.
        public let placeholder: String
        public let values: Values

        private init(_ name: String, _ kind: Kind, _ meaning: String, _ placeholder: String?, _ values: Values) {
            self.name = name
            self.kind = kind
            self.meaning = meaning
            self.placeholder = placeholder ?? name.uppercased()
            self.values = values
        }

        public static func argument(
            _ name: String, _ meaning: String, isRequired: Bool = true, values: Values = .any
        ) -> Parameter {
            Parameter(name, .argument(isRequired: isRequired), meaning, nil, values)
        }

        /// - Parameter placeholder: The name in capitals, if not given.
        public static func option(
            _ name: String, _ meaning: String, as placeholder: String? = nil, values: Values = .any
        ) -> Parameter {
            Parameter(name, .option, meaning, placeholder, values)
        }

        public static func flag(_ name: String, _ meaning: String) -> Parameter {
            Parameter(name, .flag, meaning, nil, .any)
        }

        fileprivate var usage: String {
            switch kind {
            case .argument(isRequired: true): placeholder
            case .argument(isRequired: false): "[\(placeholder)]"
            case .option: "[--\(name) \(placeholder)]"
            case .flag: "[--\(name)]"
            }
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
    /// Requests as one would type them.
    public let examples: [String]
    /// Whether it changes anything: then it is logged, and kept in the audit.
    public let isMutation: Bool
    public let run: Run

    public init(
        _ name: String, role: Role, _ summary: String, _ parameters: [Parameter] = [], examples: [String] = [],
        isMutation: Bool = false, run: @escaping Run
    ) {
        self.name = name
        self.role = role
        self.summary = summary
        self.parameters = parameters
        self.examples = examples
        self.isMutation = isMutation
        self.run = run
    }

    /// As one would type it: `spool list [--limit N] PARTNER`.
    public var usage: String {
        ([name] + parameters.map(\.usage)).joined(separator: " ")
    }
}
