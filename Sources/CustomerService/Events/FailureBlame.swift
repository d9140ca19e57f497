import Postgres

/// Whose fault it is that a batch could not be applied, which decides what happens next.
enum FailureBlame: Sendable, Hashable {
    /// Nobody's in the batch: the database is away, busy, or not as it should be. The same batch is tried again, for as
    /// long as it takes, and no attempt is counted.
    case database
    /// A message's, and it will fail each time: a value that the tables don't take.
    case message(ParkingReason)
    /// Perhaps a message's. Once it stands alone it is tried a few more times.
    case perhapsMessage(ParkingReason)

    init(_ error: any Error) {
        guard let error = error as? PostgresError else {
            self = .perhapsMessage(ParkingReason(name: ParkingReason.processingFailed, detail: "\(error)"))
            return
        }
        let reason = ParkingReason(name: ParkingReason.databaseRefused, detail: error.description)
        self =
            switch (error.code, error.sqlState?.class) {
            case _ where error.isTransient: .database
            // Data exception; integrity constraint violation; text that can't be sent.
            case (.server, "22"), (.server, "23"), (.encoding, _): .message(reason)
            case (.server, let sqlClass?) where Self.environmentClasses.contains(sqlClass): .database
            case (.server, _), (.decoding, _): .perhapsMessage(reason)
            // Refused log-ins, wrong options and their like.
            default: .database
            }
    }

    /// Classes of SQLSTATE in which every message would fail alike: features, transaction state, log-in, catalogue,
    /// rights and syntax (a table that is missing), resources, object state, the operator, the system, configuration.
    private static let environmentClasses: Set<String> = [
        "08", "0A", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58", "F0",
    ]
}
