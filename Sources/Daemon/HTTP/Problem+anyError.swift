import Commerce
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Postgres

extension Problem {
    /// The problem that an error becomes when it leaves a handler.
    ///
    /// What is not a problem already, nor known to be one, is our fault: it is logged here, once, with the request
    /// id, and the client learns nothing of what is inside.
    init(answering error: any Error, logger: @autoclosure () -> Logger) {
        switch error {
        case let problem as Problem:
            self = problem
        case is NIOTooManyBytesError:
            self.init(.payloadTooLarge, "the body is larger than \(Request.bodyLimit) bytes")
        case let error as HTTPError:
            self.init(status: error.status.code, detail: error.body, headers: error.headers)
        case let invalid as InvalidBody:
            self = .validationFailed(invalid.faults)
        case let error as PostgresError where Problem(error) != nil:
            logger().warning("The database could not answer a request", metadata: ["error": "\(error)"])
            self = Problem(error) ?? Problem(.internal)
        case is CancellationError:
            self = .unavailable("the daemon is stopping")
        default:
            logger().error("request failed", metadata: ["error": "\(String(reflecting: error))"])
            self.init(.internal, "the request could not be handled; the log says more under its request id")
        }
    }

    /// Hummingbird's own refusals come with a status and, at best, a sentence.
    private init(status: Int, detail: String?, headers: HTTPFields) {
        let type =
            switch status {
            case 404: ProblemType.notFound
            case 405: ProblemType.methodNotAllowed
            case 413: ProblemType.payloadTooLarge
            case 415: ProblemType.unsupportedMediaType
            case 400..<500: ProblemType.badRequest
            case 503: ProblemType.unavailable
            default: ProblemType.internal
            }
        self.init(type, detail, headers: headers)
    }
}
