import CLibpq

extension PostgresError {
    /// Reads the fields of an error (or notice) that the server sent, or the text that libpq made up for it.
    ///
    /// A FATAL or PANIC one ends the session, so it is a ``Code/connectionLost``.
    init(result: OpaquePointer?) {
        let field = { (field: DiagnosticField) -> String? in
            PQresultErrorField(result, field.rawValue).map { String(cString: $0) }
        }
        let severity = field(.severity) ?? ""
        let isFatal = severity == "FATAL" || severity == "PANIC"
        self.init(
            isFatal ? .connectionLost : .server,
            field(.message) ?? String(cString: PQresultErrorMessage(result)).asOneLine,
            sqlState: field(.sqlState).map { SQLState(rawValue: $0) })
        if isFatal { message = "the server ended the connection: \(message)" }
        constraint = field(.constraint)
        table = field(.table)
        column = field(.column)
        detail = field(.detail)
        hint = field(.hint)
        routine = field(.routine)
    }
}

/// The letters of the protocol's error fields (PostgreSQL manual §55.8), which `postgres_ext.h` spells `PG_DIAG_…`.
enum DiagnosticField: Int32 {
    case severity = 0x56  // V: never translated
    case sqlState = 0x43  // C
    case message = 0x4D  // M
    case detail = 0x44  // D
    case hint = 0x48  // H
    case table = 0x74  // t
    case column = 0x63  // c
    case constraint = 0x6E  // n
    case routine = 0x52  // R
}

extension String {
    /// libpq's messages end in a line break and may have several lines; a log line has one.
    var asOneLine: String {
        split(whereSeparator: \.isNewline)
            .map { line in String(line.drop(while: \.isWhitespace)) }
            .joined(separator: "; ")
    }
}
