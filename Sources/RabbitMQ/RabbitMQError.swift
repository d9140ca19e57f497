/// What went wrong between this program and RabbitMQ, and what the person can do about it.
///
/// No password and no message body is ever part of it.
public struct RabbitMQError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private let name: String

        /// Nobody answered at the address.
        public static let connectFailed = Code(name: "connectFailed")
        /// User, password or virtual host were not accepted.
        public static let authenticationRefused = Code(name: "authenticationRefused")
        /// The TLS handshake failed, or a certificate's file can't be read.
        public static let tls = Code(name: "tls")
        /// The connection ended.
        public static let connectionLost = Code(name: "connectionLost")
        /// The broker takes no messages for now (`connection.blocked`); the connection stays of use.
        public static let blocked = Code(name: "blocked")
        /// The broker closed the channel; the reply code says why.
        public static let channelClosed = Code(name: "channelClosed")
        /// A queue or exchange is not there (reply code 404).
        public static let notFound = Code(name: "notFound")
        /// A queue or exchange is there with other properties (reply code 406).
        public static let preconditionFailed = Code(name: "preconditionFailed")
        /// The broker ended the consumer: its queue was deleted, or its node left.
        public static let consumerCancelled = Code(name: "consumerCancelled")
        /// An answer didn't come in time.
        public static let deadlineExceeded = Code(name: "deadlineExceeded")
        /// This program is stopping.
        public static let interrupted = Code(name: "interrupted")
        /// The message has no form in AMQP: a name is too long, or its headers don't fit a frame. It was not sent.
        public static let unsendable = Code(name: "unsendable")
        /// The URL is none that this module understands.
        public static let invalidURL = Code(name: "invalidURL")

        public var description: String { name }
    }

    public let code: Code
    /// The broker's reply code (AMQP 0-9-1, "Reply codes"), where it gave one.
    public let replyCode: Int?
    public let message: String

    public init(_ code: Code, _ message: String, replyCode: Int? = nil) {
        self.code = code
        self.message = message
        self.replyCode = replyCode
    }

    /// Whether the same may succeed later, once somebody has repaired what the message names.
    public var isRetryable: Bool {
        code != .unsendable && code != .invalidURL
    }

    public var description: String { message }
}
