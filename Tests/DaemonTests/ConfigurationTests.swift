import FoundationEssentials
import Postgres
import Testing

@testable import Daemon

@Suite("Configuration: the first source that has a value wins, and what is wrong is named")
struct ConfigurationTests {
    /// A directory with the files that a test wants there; gone when the test is over.
    final class Directory: Sendable {
        let path = "/tmp/tradepost-configuration-\(UInt64.random(in: 0...UInt64.max))"

        init(_ files: [String: String] = [:]) throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for (name, text) in files {
                try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
            }
        }

        deinit {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    enum Size: String, CaseIterable { case small, large }

    private let host = Setting.text("db.host", default: "localhost", "Host.")
    private let pool = Setting.integer("db.poolSize", aliases: ["pool"], default: 8, in: 1...100, "Connections.")
    private let password = Setting.text("db.password", default: "", "Password.", isSecret: true)
    private let grace = Setting.duration("grace", default: .seconds(25), in: .seconds(1)...(.seconds(90)), "Time.")
    private let size = Setting.choice("size", default: Size.small, "Size.")
    private let eager = Setting.flag("eager", default: false, "Whether.")

    private var settings: [any SettingDeclaration] { [host, pool, password, grace, size, eager] }

    private func values(
        flags: [ConfigurationFlag] = [], environment: [String: String] = [:], files: [String: String] = [:],
        configFile: String? = nil
    ) throws -> SettingValues {
        let directory = try Directory(files)
        var environment = environment
        if environment["CREDENTIALS_DIRECTORY"] == "here" { environment["CREDENTIALS_DIRECTORY"] = directory.path }
        return try SettingValues(
            settings,
            from: .find(
                name: "testd", flags: flags, file: configFile.map { "\(directory.path)/\($0)" },
                environment: environment, workingDirectory: directory.path))
    }

    private func origin(_ values: SettingValues, _ key: String) -> String? {
        values.entries.first { $0.setting.key == key }?.origin
    }

    @Test("flag, environment, credential, file, .env, default: in this order")
    func precedence() throws {
        let flags = [ConfigurationFlag(key: "db.host", name: "--db-host", value: "flag")]
        let environment = ["DB_HOST": "environment"]
        let files = ["c.json": #"{"db":{"host":"file"}}"#, ".env": "DB_HOST=dotenv"]
        let all = try values(flags: flags, environment: environment, files: files, configFile: "c.json")
        #expect(all[host] == "flag")
        #expect(origin(all, "db.host") == "--db-host")
        let second = try values(environment: environment, files: files, configFile: "c.json")
        #expect(second[host] == "environment")
        #expect(origin(second, "db.host") == "environment DB_HOST")
        let third = try values(files: files, configFile: "c.json")
        #expect(third[host] == "file")
        #expect(origin(third, "db.host")?.hasSuffix("c.json db.host") == true)
        let fourth = try values(files: [".env": "DB_HOST=dotenv"])
        #expect(fourth[host] == "dotenv")
        #expect(origin(fourth, "db.host") == ".env DB_HOST")
        #expect(try values()[host] == "localhost")
        #expect(try origin(values(), "db.host") == "default")
    }

    @Test("a secret is read from the credentials directory, without its line break, before the file's")
    func credentials() throws {
        let read = try values(
            environment: ["CREDENTIALS_DIRECTORY": "here"],
            files: ["db.password": "tops3cret\n", "db.host": "not-a-secret", "c.json": #"{"db":{"password":"file"}}"#],
            configFile: "c.json")
        #expect(read[password] == "tops3cret")
        #expect(origin(read, "db.password") == "credential db.password")
        #expect(read[host] == "localhost")
    }

    @Test("credentials that can't be read are a wrong configuration, and not as if there were none")
    func unreadableCredentials() {
        let error = #expect(throws: ConfigurationError.self) {
            _ = try values(environment: ["CREDENTIALS_DIRECTORY": "/nowhere"])
        }
        #expect(error?.problems == ["CREDENTIALS_DIRECTORY: /nowhere cannot be listed"])
    }

    @Test("camel case becomes words in the environment, and an alias is a name, too")
    func names() throws {
        #expect(pool.environmentName == "DB_POOL_SIZE")
        #expect(try values(environment: ["DB_POOL_SIZE": "3"])[pool] == 3)
        #expect(try values(environment: ["POOL": "4"])[pool] == 4)
        #expect(try values(environment: ["POOL": "4", "DB_POOL_SIZE": "3"])[pool] == 3)
    }

    @Test("an empty value counts as not set")
    func empty() throws {
        #expect(try values(environment: ["DB_POOL_SIZE": ""])[pool] == 8)
    }

    @Test("every kind of setting is read from the file as it is natural there")
    func kinds() throws {
        let read = try values(
            files: [
                "c.json": #"{"db":{"poolSize":5},"grace":"500m","size":"large","eager":true}"#
                    .replacing("500m", with: "1m")
            ],
            configFile: "c.json")
        #expect(read[pool] == 5)
        #expect(read[grace] == .seconds(60))
        #expect(read[size] == .large)
        #expect(read[eager])
    }

    @Test("all bad values are reported at once, each with its origin and what it must be")
    func badValues() {
        let error = #expect(throws: ConfigurationError.self) {
            try values(
                environment: ["DB_POOL_SIZE": "many", "SIZE": "huge", "GRACE": "10y"],
                files: ["c.json": #"{"eager":"perhaps"}"#], configFile: "c.json")
        }
        #expect(error?.problems.count == 4)
        #expect(
            error?.problems.first == "environment DB_POOL_SIZE: db.poolSize 'many' must be a whole number from 1 to 100"
        )
        #expect(error?.problems.contains { $0.hasSuffix("c.json eager: eager 'perhaps' must be on or off") } == true)
        #expect(error?.problems.contains { $0.contains("must be one of small, large") } == true)
        #expect(error?.problems.contains { $0.contains("from 1s to 90s, such as 25s") } == true)
    }

    @Test("an unknown key of the file is named with the nearest that exists")
    func unknownKeys() {
        let error = #expect(throws: ConfigurationError.self) {
            try values(
                files: ["c.json": #"{"db":{"poolsize":5},"entirely":{"different":1}}"#], configFile: "c.json")
        }
        #expect(error?.problems.count == 2)
        #expect(error?.problems[0].hasSuffix("c.json: unknown key db.poolsize; did you mean db.poolSize?") == true)
        #expect(error?.problems[1].hasSuffix("c.json: unknown key entirely.different") == true)
    }

    @Test("an unknown key of a flag is named with the nearest that exists")
    func unknownFlag() {
        let error = #expect(throws: ConfigurationError.self) {
            try values(flags: [ConfigurationFlag(key: "db.hots", name: "--set db.hots", value: "x")])
        }
        #expect(error?.problems == ["--set db.hots: unknown key db.hots; did you mean db.host?"])
    }

    @Test(
        "a URL or connection string that cannot be read is refused at once, and not shown",
        arguments: ["RABBITMQ_URL", "DATABASE_URL"])
    func badURL(name: String) {
        let settings = SharedSettings(name: "testd", port: 1, databaseName: "test").all
        let error = #expect(throws: ConfigurationError.self) {
            try SettingValues(
                settings, from: .find(name: "testd", environment: [name: "http://tops3cret@"], workingDirectory: "/"))
        }
        #expect(error?.problems.count == 1)
        #expect(error?.description.hasPrefix("environment \(name): ") == true)
        #expect(error?.description.contains("tops3cret") == false)
    }

    @Test("a whole connection string wins over the parts, several hosts included")
    func connectionString() throws {
        let shared = SharedSettings(name: "testd", port: 1, databaseName: "test")
        func options(_ environment: [String: String]) throws -> String {
            let values = try SettingValues(
                shared.all, from: .find(name: "testd", environment: environment, workingDirectory: "/"))
            return try SharedConfiguration(values, shared).database.options(for: "testd").description
        }
        #expect(try options(["DB_HOST": "db1", "DB_USER": "shop"]) == "shop@db1:5432/test")
        #expect(
            try options(["DATABASE_URL": "postgresql://shop@db1:1,db2:2/orders", "DB_HOST": "db3"])
                == "shop@db1:1,db2:2/orders")
    }

    @Test(
        "a file that is no JSON object is refused with its name and the place",
        arguments: [("{", "line 1"), ("[]", "must be a JSON object"), (#"{"a":1,"a":2}"#, "only once")])
    func malformedFile(text: String, reason: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try values(files: ["c.json": text], configFile: "c.json")
        }
        #expect(error?.description.contains("c.json: ") == true)
        #expect(error?.description.contains(reason) == true)
    }

    @Test("a file that is named must be there")
    func missingFile() {
        let error = #expect(throws: ConfigurationError.self) { try values(configFile: "none.json") }
        #expect(error?.description.hasSuffix("none.json: there is no such file") == true)
    }

    @Test("the listing shows every value with its origin, and no secret")
    func listing() throws {
        let listing = try values(environment: ["DB_PASSWORD": "tops3cret", "DB_HOST": "db1"]).listing
        #expect(!listing.contains("tops3cret"))
        #expect(listing.contains("db.password  ********  environment DB_PASSWORD"))
        #expect(listing.contains("db.host      db1       environment DB_HOST"))
        #expect(listing.contains("grace        25s       default"))
    }

    @Test("a bad secret is not shown either")
    func badSecret() {
        let key = Setting("key", default: "", "Key.", isSecret: true) { _ throws(SettingRefusal) in
            throw SettingRefusal("must be something else")
        }
        let error = #expect(throws: ConfigurationError.self) {
            try SettingValues(
                [key], from: .find(name: "testd", environment: ["KEY": "tops3cret"], workingDirectory: "/"))
        }
        #expect(error?.description == "environment KEY: key must be something else")
    }

    @Test("the shared settings have the old services' names, and distinct keys")
    func sharedSettings() {
        let all = SharedSettings(name: "productd", port: 3001, databaseName: "products_db").all
        let names = Set(all.map(\.environmentName))
        #expect(names.count == all.count)
        #expect(
            names.isSuperset(of: [
                "DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME", "RABBITMQ_URL", "RABBITMQ_QUEUE",
            ]))
        for setting in all where !setting.defaultText.isEmpty {
            #expect(throws: Never.self, "\(setting.key)") { try setting.read(setting.defaultText) }
        }
    }

    @Test(".env takes comments, quotes and export")
    func dotEnv() {
        let variables = DotEnv.parse(
            """
            # the old services' file
            DB_HOST=db1   # comment
            export DB_USER = shop
            DB_PASSWORD="a # b"
            RABBITMQ_URL='amqp://u:p#w@mq'
            URL=amqp://u:p#w@mq
            nonsense
            """)
        #expect(
            variables == [
                "DB_HOST": "db1", "DB_USER": "shop", "DB_PASSWORD": "a # b", "RABBITMQ_URL": "amqp://u:p#w@mq",
                "URL": "amqp://u:p#w@mq",
            ])
    }
}
