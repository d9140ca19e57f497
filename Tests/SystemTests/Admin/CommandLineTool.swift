import Foundation
import TestSupport
import Threads

/// productctl or customerctl, run as somebody types it.
///
/// By posix_spawn(3), since Foundation's `Process` sees the end of a program only when every process has ended that was
/// started at the same moment, which for another test's daemon may be never.
actor CommandLineTool {
    nonisolated let name: String
    nonisolated let socket: String
    private let executor: ThreadExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter socket: The daemon's, handed over in the environment.
    init(name: String, socket: String) throws {
        self.name = name
        self.socket = socket
        executor = try ThreadExecutor(name: name)
    }

    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String

        /// Each line as JSON.
        func lines() throws -> [[String: Any]] {
            try output.split(separator: "\n").map { line in
                guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                    throw TestFailure("no JSON object: \(line)")
                }
                return object
            }
        }
    }

    /// Runs it to its end.
    func run(_ arguments: String...) throws -> Outcome {
        try run(words: arguments)
    }

    /// - Parameter wrapper: A command that becomes the program, such as `setpriv`, with its path.
    func run(words arguments: [String], through wrapper: [String] = []) throws -> Outcome {
        try Self.outcome(of: wrapper + [path] + arguments, environment: environment)
    }

    /// What is seen on a terminal, with the sequences that move its cursor.
    nonisolated func onTerminal(
        _ arguments: String..., settings: [String: String] = [:], columns: UInt16 = 120
    ) async throws -> String {
        try await PseudoTerminal(
            [path] + arguments, environment: environment.merging(settings) { $1 }, columns: columns
        )
        .output()
    }

    /// Where the build puts it.
    nonisolated var path: String { RunningDaemon.folder.appending(path: name).path }

    nonisolated var environment: [String: String] {
        [
            "ADMIN_SOCKET": socket,
            "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
        ]
    }

    /// Runs a line of shell, in which `$TOOL` is the tool and `$ADMIN_SOCKET` its socket.
    func shell(_ line: String) throws -> Outcome {
        let more = ["TOOL": path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]
        return try Self.outcome(of: ["/bin/sh", "-c", line], environment: environment.merging(more) { $1 })
    }

    /// Runs another program to its end, on the tool's thread.
    func outcome(
        of arguments: [String], environment: [String: String], input: String = ""
    ) throws -> Outcome {
        try Self.outcome(of: arguments, environment: environment, input: input)
    }

    /// Runs a program to its end, and blocks.
    ///
    /// - Parameter input: What it reads.
    static func outcome(
        of arguments: [String], environment: [String: String], input: String = ""
    ) throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, source) = (folder.appending(path: "in"), input)
        try Data(source.utf8).write(to: input)
        let (output, errors) = (folder.appending(path: "out"), folder.appending(path: "err"))
        let status = try exitStatus(
            of: spawn(
                arguments, environment: environment.map { "\($0.key)=\($0.value)" }, input: .file(input.path),
                output: .file(output.path), errors: .file(errors.path)))
        return Outcome(
            status: status, output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }
}
