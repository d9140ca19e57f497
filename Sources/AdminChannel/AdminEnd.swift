public import Commerce

/// How a request ended: the last line of its reply, `{"t":"end",…}`, and the exit status of the tool that sent it.
public struct AdminEnd: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, in a word that a program can compare.
    public struct Code: Sendable, Hashable {
        public let name: String
        /// The exit status of productctl and customerctl.
        public let exit: Int32

        public init(_ name: String, exit: Int32) {
            self.name = name
            self.exit = exit
        }

        public static let ok = Code("ok", exit: 0)
        public static let failed = Code("failed", exit: 1)
        /// The request is none that the daemon knows.
        public static let usage = Code("usage", exit: 2)
        /// Of the tools only: nobody answers.
        public static let notRunning = Code("not-running", exit: 3)
        public static let notAllowed = Code("not-allowed", exit: 4)
        public static let notFound = Code("not-found", exit: 5)
        /// It can't be done in the state that things are in.
        public static let wrongState = Code("wrong-state", exit: 6)
        public static let unhealthy = Code("unhealthy", exit: 7)
        public static let timedOut = Code("timed-out", exit: 75)
    }

    public let code: Code
    /// One sentence for a person.
    public let message: String
    /// What the audit keeps beside the message; it is not sent.
    public let detail: JSON?

    public init(_ code: Code, _ message: String, detail: JSON? = nil) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    public var isOK: Bool { code.exit == 0 }
    public var description: String { message }

    public static func ok(_ message: String = "") -> AdminEnd { AdminEnd(.ok, message) }
}
