import CLibpq
import Glibc
import Logging
import Threads

/// Making a connection: one attempt a host, each within its own time, until one of them succeeds.
///
/// A deadline and the interrupt end the network's part of it. Looking up a host name does not poll anything: it blocks
/// in `getaddrinfo(3)` for as long as the system's resolver lets it.
enum Handshake {
    /// - Returns: A connection in non-blocking and pipeline mode.
    static func connect(_ options: ConnectionOptions, interrupt: Interrupt) throws(PostgresError) -> OpaquePointer {
        var failures: [(host: ConnectionOptions.Host, error: PostgresError)] = []
        for attempt in options.current.attempts {
            do throws(PostgresError) {
                return try connect(attempt, within: options.connectTimeout, interrupt: interrupt)
            } catch {
                if error.code == .interrupted || error.code == .invalidOptions { throw error }
                failures.append((attempt.host, error))
            }
        }
        throw .noConnection(options, failures.map(\.error))
    }

    private static func connect(
        _ attempt: ConnectionOptions.Attempt, within timeout: Duration, interrupt: Interrupt
    ) throws(PostgresError) -> OpaquePointer {
        guard let connection = start(attempt.keywords) else {
            throw PostgresError(.connectFailed, "out of memory for a connection")
        }
        do throws(PostgresError) {
            // Only a verbose message has the SQLSTATE of a refused login in it; nothing else gives it away.
            PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
            try finish(connection, until: .now + timeout, interrupt: interrupt)
            PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
            guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else {
                throw failure(of: connection)
            }
            return connection
        } catch {
            PQfinish(connection)
            throw error.code == .deadlineExceeded
                ? PostgresError(.connectFailed, "\(attempt.host) gave no answer within \(timeout)") : error
        }
    }

    private static func start(_ keywords: [String: String]) -> OpaquePointer? {
        var names: [UnsafePointer<CChar>?] = []
        var values: [UnsafePointer<CChar>?] = []
        for (name, value) in keywords {
            names.append(strdup(name))
            values.append(strdup(value))
        }
        defer { for text in names + values { free(UnsafeMutablePointer(mutating: text)) } }
        return PQconnectStartParams(names + [nil], values + [nil], 0)
    }

    private static func finish(
        _ connection: OpaquePointer, until deadline: ContinuousClock.Instant, interrupt: Interrupt
    ) throws(PostgresError) {
        guard PQstatus(connection) != CONNECTION_BAD else { throw failure(of: connection) }
        let wire = Wire(connection: connection, interrupt: interrupt)
        // libpq asks to be treated at first as if it had asked to write (manual §34.1, PQconnectPoll).
        var wanted = PGRES_POLLING_WRITING
        while true {
            switch wanted {
            case PGRES_POLLING_READING: _ = try wire.wait(for: POLLIN, until: deadline)
            case PGRES_POLLING_WRITING: _ = try wire.wait(for: POLLOUT, until: deadline)
            case PGRES_POLLING_OK: return
            default: throw failure(of: connection)
            }
            wanted = PQconnectPoll(connection)
        }
    }

    private static func failure(of connection: OpaquePointer) -> PostgresError {
        let (message, sqlState) = LoginFailure.read(String(cString: PQerrorMessage(connection)))
        return PostgresError(.connectFailed, message, sqlState: sqlState)
    }
}

/// What libpq wrote about a failed login with `PQERRORS_VERBOSE`: `…FATAL:  28P01: password authentication failed`,
/// then a line `LOCATION:  …` that is of no use to anyone here. Lines that begin with a tab guess at the cause; our own
/// advice does that.
enum LoginFailure {
    static func read(_ text: String) -> (message: String, sqlState: SQLState?) {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("LOCATION:") && !$0.hasPrefix("\t") }
        var sqlState: SQLState?
        let cleaned = lines.map { line in
            guard let colon = line.firstRange(of: ":  "), line[colon.upperBound...].dropFirst(5).hasPrefix(": ") else {
                return String(line)
            }
            let code = line[colon.upperBound...].prefix(5)
            guard code.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isUppercase) }) else { return String(line) }
            sqlState = SQLState(rawValue: String(code))
            return line[..<colon.lowerBound] + ": " + line[colon.upperBound...].dropFirst(7)
        }
        return (cleaned.joined(separator: "\n").asOneLine, sqlState)
    }
}

extension PostgresError {
    /// One error for all hosts, with what to look at.
    fileprivate static func noConnection(_ options: ConnectionOptions, _ failures: [PostgresError]) -> PostgresError {
        let sqlState = failures.lazy.compactMap(\.sqlState).first
        let reasons = failures.map(\.message).joined(separator: "; ")
        let advice =
            switch (sqlState, sqlState?.class) {
            case (.undefinedDatabase, _): "check DB_NAME, or create the database"
            case (_, "28"): "check DB_USER and DB_PASSWORD, and the server's pg_hba.conf"
            case (_, "53"): "raise the server's max_connections, or lower the size of the pools"
            case (.cannotConnectNow, _): "the server is starting or stopping; try again soon"
            case _ where reasons.contains("no password supplied"): "set DB_PASSWORD, or the credential db.password"
            case _ where reasons.contains("certificate") || reasons.contains("SSL"):
                "check sslmode, sslrootcert, sslcert and sslkey"
            default: "check DB_HOST and DB_PORT; is PostgreSQL running there and reachable?"
            }
        return PostgresError(
            .connectFailed,
            "could not connect to PostgreSQL at \(options.address): "
                + "\(reasons); \(advice)",
            sqlState: sqlState)
    }
}
