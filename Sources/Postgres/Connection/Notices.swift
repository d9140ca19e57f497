import CLibpq
import Logging

/// What the server says without being asked (NOTICE, WARNING): logged at debug level instead of printed to stderr.
///
/// libpq calls it with a plain pointer, so the connection keeps it alive for as long as it has the `PGconn`.
final class Notices {
    private let logger: Logger
    /// What the server said as it ended the session; the end of the stream alone would not tell why.
    private(set) var farewell: PostgresError?

    init(logger: Logger) {
        self.logger = logger
    }

    func listen(to connection: OpaquePointer) {
        PQsetNoticeReceiver(
            connection,
            { argument, result in
                guard let argument else { return }
                Unmanaged<Notices>.fromOpaque(argument).takeUnretainedValue().receive(PostgresError(result: result))
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func receive(_ notice: PostgresError) {
        if notice.code == .connectionLost { farewell = notice }
        logger.debug(
            "PostgreSQL notice",
            metadata: ["notice": "\(notice.message)", "sqlstate": "\(notice.sqlState?.rawValue ?? "")"])
    }
}
