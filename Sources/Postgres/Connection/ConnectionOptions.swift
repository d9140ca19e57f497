import CLibpq
import FoundationEssentials
public import Threads

/// Where and how to connect, in libpq's own words (PostgreSQL manual §34.1.2): everything that libpq takes is taken,
/// several hosts, `target_session_attrs` and the TLS settings (`sslmode`, `sslrootcert`, `sslcert`, `sslkey`) included.
///
/// Neither ``description`` nor a reflection of it shows the password.
public struct ConnectionOptions: Sendable {
    /// libpq's keywords with their values.
    private(set) var keywords: [String: String]

    /// Keywords over those that are there, looked up each time that a connection is made: user, password and
    /// certificates that change while the program runs.
    public var credentials: Exchangeable<[String: String]>?

    /// How long one host may take to answer. A name that resolves to several addresses has this time for all of them;
    /// looking the name up blocks in the system's resolver, which has its own time limits (`resolv.conf(5)`).
    public var connectTimeout: Duration = .seconds(5)
    /// After this time the server itself ends a statement, should the client's deadline not reach it; `nil` for never.
    public var statementTimeout: Duration? = .seconds(60)

    /// Options from libpq's keywords, such as `["host": "db1,db2", "dbname": "products", "user": "tradepost"]`.
    ///
    /// - Throws: ``PostgresError/Code/invalidOptions`` naming a keyword that libpq does not know.
    public init(_ keywords: [String: String]) throws(PostgresError) {
        self.keywords = [:]
        try set(keywords)
    }

    /// Options from a connection string, `host=… port=…` or `postgresql://…`.
    ///
    /// - Parameter keywords: Set after, and over, those of the string.
    /// - Throws: ``PostgresError/Code/invalidOptions``.
    public init(parsing connectionString: String, and keywords: [String: String] = [:]) throws(PostgresError) {
        self.keywords = [:]
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(connectionString, &message) else {
            defer { PQfreemem(message) }
            throw PostgresError(
                .invalidOptions,
                "the connection string can't be read (\(message.map { String(cString: $0).withoutQuotations } ?? "")): "
                    + "write host=… port=… dbname=… user=…, or postgresql://user@host:port/database")
        }
        defer { PQconninfoFree(parsed) }
        var given = parsed.keywordsAndValues
        given.merge(keywords) { _, later in later }
        try set(given)
    }

    /// Sets keywords over those that are there; an empty value is libpq's default.
    public mutating func set(_ keywords: [String: String]) throws(PostgresError) {
        let known = Self.knownKeywords
        for (keyword, value) in keywords {
            guard known.contains(keyword) else {
                throw PostgresError(
                    .invalidOptions,
                    "\(keyword) is no connection keyword of libpq: see the PostgreSQL manual, \"Parameter Key Words\"")
            }
            self.keywords[keyword] = value
        }
        if let text = keywords["connect_timeout"], !text.isEmpty {
            guard let seconds = Int(text) else {
                throw PostgresError(.invalidOptions, "connect_timeout must be whole seconds, not \(text)")
            }
            // libpq's rules: zero and less mean no limit, which here is a long one; below two seconds is two.
            connectTimeout = seconds <= 0 ? .seconds(3_600) : .seconds(max(seconds, 2))
        }
    }

    /// Adds settings for the session to what `options` says already (PostgreSQL manual §34.1.2).
    ///
    /// - Parameter parameters: Server parameters with their values, which must need no quoting.
    public mutating func append(sessionParameters parameters: [(name: String, value: String)]) throws(PostgresError) {
        let words = parameters.map { "-c \($0.name)=\($0.value)" }
        try set(["options": ([keywords["options"] ?? ""] + words).filter { !$0.isEmpty }.joined(separator: " ")])
    }

    /// The keywords that ``credentials`` is for, with their values here.
    public var credentialKeywords: [String: String] {
        keywords.filter { Self.credentialKeywords.contains($0.key) }
    }

    /// Looks whether the certificates' files are there, in PEM, for a connection that is made now. libpq looks into them
    /// when it connects.
    ///
    /// - Throws: ``PostgresError/Code/invalidOptions`` naming the first that is not.
    public func checkFiles() throws(PostgresError) {
        for keyword in ["sslrootcert", "sslcert", "sslkey"] {
            // "system": what the system trusts, from libpq 16 on.
            guard let path = keywords[keyword], !path.isEmpty, path != "system" else { continue }
            let text = try? String(contentsOfFile: path, encoding: .utf8)
            guard text?.contains("-----BEGIN ") == true else {
                throw PostgresError(
                    .invalidOptions, "\(keyword): \(path) \(text == nil ? "can't be read" : "is no PEM file")")
            }
        }
    }

    private static let credentialKeywords: Set = [
        "user", "password", "passfile", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcrl",
    ]

    /// The same with the credentials as they are now.
    var current: ConnectionOptions {
        guard let credentials else { return self }
        var options = self
        options.keywords.merge(credentials.value) { _, now in now }
        return options
    }

    /// What `pg_stat_activity` calls the connection.
    public var applicationName: String? {
        get { keywords["application_name"] }
        set { keywords["application_name"] = newValue }
    }

    private static var knownKeywords: Set<String> {
        guard let defaults = PQconndefaults() else { return [] }
        defer { PQconninfoFree(defaults) }
        return Set(
            sequence(first: defaults) { $0 + 1 }.lazy.map(\.pointee).prefix { $0.keyword != nil }
                .map { String(cString: $0.keyword) })
    }
}

extension ConnectionOptions: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `tradepost@db1:5432,db2:5432/products`.
    public var description: String {
        "\(keywords["user"] ?? "")@\(address)/\(keywords["dbname"] ?? "")"
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(reflecting: description) }
}

extension UnsafeMutablePointer<PQconninfoOption> {
    /// The options that have a value, of an array that ends with one without a keyword.
    fileprivate var keywordsAndValues: [String: String] {
        var found: [String: String] = [:]
        var option = self
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { found[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return found
    }
}

extension String {
    /// libpq quotes what it could not parse, and that may be a piece of a password.
    fileprivate var withoutQuotations: String {
        asOneLine.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "…" }
            .joined()
    }
}
