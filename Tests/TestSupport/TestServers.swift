public import Foundation

/// The PostgreSQL and RabbitMQ that a test talks to, as `scripts/servers` started them.
public struct TestServers: Sendable {
    /// What `scripts/servers` wrote into its directory's `env`.
    public let environment: [String: String]

    /// The servers that `make test` started for all tests: never to be stopped or broken.
    ///
    /// - Throws: ``TestFailure`` that says what to run, where there are none.
    public static func shared() throws -> TestServers {
        let environment = ProcessInfo.processInfo.environment
        guard environment["TRADEPOST_TEST_POSTGRES"] != nil, environment["TRADEPOST_TEST_RABBITMQ"] != nil else {
            throw TestFailure("this test needs real servers: run it with `make test`")
        }
        return TestServers(environment: environment)
    }

    /// Runs a test with servers of its own, which it may stop, kill and freeze.
    public static func withPrivate(_ body: @Sendable (TestServers) async throws -> Void) async throws {
        _ = try shared()
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "tradepost-servers-\(UUID().uuidString.prefix(8).lowercased())"
        ).path
        try await Script.servers.run("up", directory)
        let servers = TestServers(environment: try environmentFile(in: directory))
        let outcome: Result<Void, any Error>
        do {
            try await body(servers)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await Script.servers.run("remove", directory)
        try outcome.get()
    }

    private static func environmentFile(in directory: String) throws -> [String: String] {
        let text = try String(contentsOfFile: "\(directory)/env", encoding: .utf8)
        var found: [String: String] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("export ") {
            // Values are in quotes where they have spaces; names and bare values have none.
            let assignments = line.dropFirst("export ".count)
            for match in assignments.matches(of: /([A-Z_]+)=(?:'([^']*)'|(\S+))/) {
                found[String(match.1)] = String(match.2 ?? match.3 ?? "")
            }
        }
        return found
    }

    public subscript(_ name: String) -> String { environment[name] ?? "" }

    /// A server's two names in `scripts/servers`.
    public enum Server: String, Sendable {
        case postgres, rabbitmq
    }

    /// Does something to one of the servers: `start`, `stop`, `restart`, `kill`, `pause`, `resume`.
    public func tell(_ server: Server, to action: String) async throws {
        try await Script.servers.run(action, self["TRADEPOST_TEST_SERVERS"], server.rawValue)
    }

    /// Asks RabbitMQ's management interface.
    @discardableResult
    public func manage(_ method: String, _ path: String, body: String? = nil) async throws -> TestResponse {
        let address = self["TRADEPOST_TEST_RABBITMQ_MANAGEMENT"]
        guard let url = URLComponents(string: address), let port = url.port else {
            throw TestFailure("no address in TRADEPOST_TEST_RABBITMQ_MANAGEMENT")
        }
        let login = Data("\(url.user ?? ""):\(url.password ?? "")".utf8).base64EncodedString()
        return try await TestClient(port: port).request(
            method, path, headers: ["Authorization": "Basic \(login)", "Content-Type": "application/json"],
            body: body)
    }
}

/// Starts something that doesn't inherit which signals this thread blocks: a thread of Swift's pool blocks nearly all,
/// and a server that was started so would not hear the SIGTERM that is to stop it.
public func withoutBlockedSignals<R>(_ body: () throws -> R) rethrows -> R {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    return try body()
}

/// A program of the project's `scripts/`.
public struct Script: Sendable {
    let path: String

    public init(path: String) {
        self.path = path
    }

    /// The project's directory.
    public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    public static let servers = Script(path: root.appending(path: "scripts/servers").path)

    /// Runs it to its end.
    ///
    /// - Throws: ``TestFailure`` with what it printed, if it fails.
    public func run(_ arguments: String...) async throws {
        try await run(arguments)
    }

    public func run(_ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let output = FileManager.default.temporaryDirectory.appending(path: "script-\(UUID().uuidString).log")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = handle
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in continuation.finish() }
        try withoutBlockedSignals { try process.run() }
        for await _ in ended {}
        guard process.terminationStatus == 0 else {
            let text = try String(contentsOf: output, encoding: .utf8)
            throw TestFailure("\(path) \(arguments.joined(separator: " ")) failed: \(text)")
        }
    }
}
