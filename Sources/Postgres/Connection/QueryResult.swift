import CLibpq

/// A `PGresult`, freed when the last of its rows is let go.
final class QueryResult {
    let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }

    var isSuccess: Bool { [PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY].contains(PQresultStatus(handle)) }
    /// Whether it is the server's own: every error that the server sends has one.
    var hasSQLState: Bool { isSuccess || PQresultErrorField(handle, DiagnosticField.sqlState.rawValue) != nil }
    /// Not executed, because of an earlier error in the same flight.
    var isSkipped: Bool { PQresultStatus(handle) == PGRES_PIPELINE_ABORTED }
    var isSync: Bool { PQresultStatus(handle) == PGRES_PIPELINE_SYNC }
    var isCopy: Bool { [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(handle)) }
}
