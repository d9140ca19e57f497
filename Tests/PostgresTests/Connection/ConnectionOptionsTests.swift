import Testing
import Threads

@testable import Postgres

@Suite("Connection options are libpq's, and keep the password to themselves")
struct ConnectionOptionsTests {
    @Test("keywords and URIs give the same options")
    func forms() throws {
        let uri = try ConnectionOptions(parsing: "postgresql://me:secret@db1:5433,db2/products?sslmode=verify-full")
        let words = try ConnectionOptions(
            parsing: "host=db1,db2 port=5433, user=me password=secret dbname=products sslmode=verify-full")
        #expect(uri.keywords["host"] == "db1,db2")
        #expect(uri.keywords["sslmode"] == "verify-full")
        #expect(words.description == "me@db1:5433,db2:5432/products")
        #expect(uri.description == words.description)
    }

    @Test("the password shows in no description, reflection or dump")
    func password() throws {
        let options = try ConnectionOptions(["host": "db", "user": "me", "password": "secret"])
        var dumped = ""
        dump(options, to: &dumped)
        for text in ["\(options)", String(reflecting: options), dumped] { #expect(!text.contains("secret")) }
    }

    @Test(
        "what cannot be read is refused without quoting it",
        arguments: ["host=db secret", "postgresql://me:sec%zzret@db/x", "secret=1"])
    func unreadable(text: String) {
        let error = #expect(throws: PostgresError.self) { _ = try ConnectionOptions(parsing: text) }
        #expect(error?.code == .invalidOptions)
        #expect(error.map { !"\($0)".contains("sec") } == true, "\(String(describing: error))")
    }

    @Test("an unknown keyword is named")
    func unknownKeyword() {
        let error = #expect(throws: PostgresError.self) { _ = try ConnectionOptions(["hots": "db"]) }
        #expect(error?.message.contains("hots") == true)
    }

    @Test("each host is an attempt of its own, with its port; prefer-standby tries each twice")
    func attempts() throws {
        let options = try ConnectionOptions([
            "host": "a,b", "port": "1,2", "target_session_attrs": "prefer-standby", "application_name": "productd",
        ])
        #expect(options.attempts.map(\.host.description) == ["a:1", "b:2", "a:1", "b:2"])
        #expect(
            options.attempts.map { $0.keywords["target_session_attrs"] } == ["standby", "standby", "any", "any"])
        #expect(options.attempts.first?.keywords["host"] == "a")
        #expect(options.attempts.first?.keywords["application_name"] == "productd")
    }

    @Test("one port is every host's; lists that don't match are left for libpq to refuse")
    func ports() throws {
        #expect(try ConnectionOptions(["host": "a,b", "port": "7"]).hosts.map(\.description) == ["a:7", "b:7"])
        #expect(try ConnectionOptions(["host": "a,b,c", "port": "1,2"]).hosts.count == 1)
        #expect(try ConnectionOptions([:]).hosts.map(\.description) == ["local socket:5432"])
    }

    @Test("what the options say goes before our defaults")
    func defaults() throws {
        var options = try ConnectionOptions(["keepalives_idle": "99", "options": "-c work_mem=8MB"])
        options.statementTimeout = .seconds(7)
        let keywords = options.attempts.first?.keywords
        #expect(keywords?["keepalives_idle"] == "99")
        #expect(keywords?["tcp_user_timeout"] == "30000")
        #expect(keywords?["options"] == "-c statement_timeout=7000 -c work_mem=8MB")
    }

    @Test("connect_timeout is whole seconds, with libpq's meaning", arguments: [("7", 7), ("1", 2), ("0", 3_600)])
    func connectTimeout(text: String, seconds: Int) throws {
        #expect(try ConnectionOptions(["connect_timeout": text]).connectTimeout == .seconds(seconds))
    }

    @Test("a refused login tells which setting to look at")
    func refusedLogin() throws {
        let error = #expect(throws: PostgresError.self) {
            _ = try Connection(Server.options(["dbname": "no_such_database"]), interrupt: .init(), logger: quiet)
        }
        #expect(error?.code == .connectFailed)
        #expect(error?.sqlState == .undefinedDatabase)
        #expect(error?.isTransient == false)
        #expect(error?.message.contains("check DB_NAME") == true)
        #expect(error?.message.contains("LOCATION") == false)
    }

    @Test("the SQLSTATE is found in a login's verbose error, and only there")
    func loginFailure() {
        let text = """
            connection to server at "db" (10.0.0.1), port 5432 failed: FATAL:  28P01: password authentication failed
            LOCATION:  auth_failed, auth.c:326

            """
        let (message, sqlState) = LoginFailure.read(text)
        #expect(sqlState == .invalidPassword)
        #expect(message.hasSuffix("FATAL: password authentication failed"))
        #expect(LoginFailure.read("connection refused\n\tIs the server running?\n").sqlState == nil)
        #expect(LoginFailure.read("connection refused\n\tIs it?\n").message == "connection refused")
    }
}
