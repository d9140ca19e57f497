import Foundation
import Synchronization
import TestSupport

/// productd or customerd as a process of its own, with its log in a file.
final class RunningDaemon: Sendable {
    let name: String
    let port: Int
    private let environment: [String: String]
    private let log: URL
    private let process = Mutex<Process?>(nil)

    /// - Parameters:
    ///   - name: `productd` or `customerd`.
    ///   - environment: The daemon's settings; one that is empty is as if it weren't there.
    init(_ name: String, environment: [String: String]) throws {
        self.name = name
        port = try FreePort.any()
        var environment = environment.filter { !$0.value.isEmpty }
        environment["HTTP_PORT"] = "\(port)"
        environment["HTTP_HOST"] = "127.0.0.1"
        environment["PATH"] = ProcessInfo.processInfo.environment["PATH"]
        environment["LD_LIBRARY_PATH"] = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
        self.environment = environment
        log = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString).log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    }

    /// Another instance with the same settings, on another port and without an admin socket.
    func twin() throws -> RunningDaemon {
        try RunningDaemon(name, environment: environment.filter { $0.key != "ADMIN_SOCKET" })
    }

    /// Another instance that wants the same admin socket.
    func rival() throws -> RunningDaemon {
        try RunningDaemon(name, environment: environment)
    }

    deinit {
        process.withLock { if let process = $0, process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        try? FileManager.default.removeItem(at: log)
    }

    /// Starts the process and returns at once.
    ///
    /// - Parameter wrapper: A command that becomes the program, or runs it in a way that keeps its process id: `setpriv`,
    ///   `strace -D`.
    func start(_ arguments: [String] = [], through wrapper: [String] = []) throws {
        let process = Process()
        let program = Self.folder.appending(path: name)
        process.arguments = wrapper.isEmpty ? arguments : wrapper + [program.path] + arguments
        process.executableURL = wrapper.isEmpty ? program : URL(fileURLWithPath: "/usr/bin/env")
        process.environment = environment
        process.currentDirectoryURL = FileManager.default.temporaryDirectory
        process.standardInput = FileHandle.nullDevice
        let handle = try FileHandle(forWritingTo: log)
        handle.seekToEndOfFile()
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        self.process.withLock { $0 = process }
    }

    /// Runs a command of the program to its end.
    ///
    /// - Returns: What it printed, on either stream.
    func output(of arguments: String...) async throws -> String {
        try start(arguments)
        try await exitStatus()
        return logText
    }

    /// Starts the process and waits until it is ready.
    func startAndAwaitReadiness() async throws {
        try start()
        try await awaitReadiness()
    }

    func awaitReadiness(_ status: String = "ready") async throws {
        do {
            try await eventually("\(name) is \(status)") { try await self.readiness() == status }
        } catch {
            throw TestFailure("\(error); \(name)'s log:\n\(logText)")
        }
    }

    /// What `/readyz` says; `nil` while nobody answers.
    func readiness() async throws -> String? {
        guard let answer = try? await get("/readyz") else { return nil }
        let document = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        return document?["status"] as? String
    }

    func get(_ path: String) async throws -> TestResponse {
        try await TestClient(port: port).request("GET", path)
    }

    func send(_ method: String, _ path: String, headers: [String: String] = [:], _ body: String) async throws
        -> TestResponse
    {
        try await TestClient(port: port).request(
            method, path, headers: ["Content-Type": "application/json"].merging(headers) { $1 }, body: body)
    }

    /// `nil` before the first start.
    var processIdentifier: Int32? { process.withLock { $0?.processIdentifier } }

    var isRunning: Bool { process.withLock { $0?.isRunning ?? false } }

    /// Sends a signal: SIGTERM, SIGKILL, SIGSTOP, SIGCONT.
    func signal(_ number: Int32) {
        process.withLock { if let process = $0 { _ = kill(process.processIdentifier, number) } }
    }

    /// Waits until the process has ended.
    ///
    /// - Returns: Its exit status, or the number of the signal that ended it.
    @discardableResult
    func exitStatus() async throws -> Int32 {
        try await eventually("\(name) ends") { self.process.withLock { $0.map { !$0.isRunning } ?? true } }
        return process.withLock { $0?.terminationStatus ?? -1 }
    }

    /// SIGTERM, and the exit status.
    @discardableResult
    func stop() async throws -> Int32 {
        signal(SIGTERM)
        return try await exitStatus()
    }

    var logText: String {
        (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    }

    /// Where the build puts its programs: beside the test bundle.
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()
}
