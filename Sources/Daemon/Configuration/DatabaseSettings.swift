import Postgres
import Threads

/// How to reach the daemon's database.
///
/// The parts have the old services' names (`DB_HOST` …). A whole connection string in libpq's form, keywords or URI, wins
/// over the parts: with it, several hosts and every option of libpq are possible.
public struct DatabaseSettings: Sendable {
    public let url = Setting<String?>(
        "db.url", aliases: ["database.url"], default: nil,
        "A libpq connection string or URI (libpq, section 34.1.1); if set, the other parts are not used.",
        isSecret: true, print: { $0 ?? "" }
    ) { text throws(SettingRefusal) in
        do { _ = try ConnectionOptions(parsing: text) } catch { throw SettingRefusal("is refused: \(error)") }
        return text
    }
    public let host = Setting.text(
        "db.host", default: "localhost", "Host, or several with commas, or a socket directory.")
    public let port = Setting(
        "db.port", default: "5432", "Port, or one for each host with commas."
    ) { text throws(SettingRefusal) in
        guard text.split(separator: ",").allSatisfy({ Int($0).map((1...65_535).contains) ?? false }) else {
            throw SettingRefusal("must be a number from 1 to 65535, or several with commas")
        }
        return text
    }
    public let user = Setting.text("db.user", aliases: ["db.username"], default: "postgres", "Role to log in as.")
    public let password = Setting.text(
        "db.password", default: "", "The role's password; leave it out for peer or certificate authentication.",
        isSecret: true)
    public let name: Setting<String>
    public let sslMode = Setting.choice(
        "db.sslmode", default: SSLMode.prefer,
        "libpq's sslmode: disable, allow, prefer, require, verify-ca, verify-full.")
    public let sslRootCertificate = Setting.optionalText(
        "db.sslrootcert", "File with the certificates of the authorities that sign the server's.")
    public let sslCertificate = Setting.optionalText(
        "db.sslcert", "File with this client's certificate, where the server asks for one.")
    public let sslKey = Setting.optionalText(
        "db.sslkey", "File with this client's private key, which nobody else may read.")
    public let poolSize = Setting.integer(
        "db.poolSize", default: 8, in: 1...1_000, "Connections for reading requests.")
    public let poolWaiting = Setting.integer(
        "db.poolWaiting", default: 1_000, in: 1...100_000, "Requests that may wait for one of them; more get 503.")
    public let migrate = Setting.flag(
        "db.migrate", default: true, "Whether the daemon brings its tables up to date when it starts.")

    public init(name: String) {
        self.name = .text("db.name", default: name, "Database.")
    }

    public var all: [any SettingDeclaration] {
        [
            url, host, port, user, password, name, sslMode, sslRootCertificate, sslCertificate, sslKey, poolSize,
            poolWaiting, migrate,
        ]
    }
}

/// How much of TLS the connection must have (PostgreSQL manual §34.19.3).
public enum SSLMode: String, Sendable, CaseIterable {
    case disable, allow, prefer, require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
}

public struct DatabaseConfiguration: Sendable {
    /// A whole connection string; `nil` if ``keywords`` say it.
    public let connectionString: String?
    /// libpq's keywords and their values.
    public let keywords: [String: String]
    public let poolSize: Int
    public let poolWaiting: Int
    public let migratesAtStart: Bool
    /// The user, the password and the certificates that hold since the configuration was read anew.
    let credentials = Exchangeable<[String: String]>([:])

    public init(_ values: SettingValues, _ settings: DatabaseSettings) {
        connectionString = values[settings.url]
        var keywords = [
            "host": values[settings.host], "port": values[settings.port], "user": values[settings.user],
            "dbname": values[settings.name],
        ]
        let password = values[settings.password]
        if !password.isEmpty { keywords["password"] = password }
        keywords["sslmode"] = values[settings.sslMode].rawValue
        keywords["sslrootcert"] = values[settings.sslRootCertificate]
        keywords["sslcert"] = values[settings.sslCertificate]
        keywords["sslkey"] = values[settings.sslKey]
        self.keywords = keywords
        poolSize = values[settings.poolSize]
        poolWaiting = values[settings.poolWaiting]
        migratesAtStart = values[settings.migrate]
    }
}
