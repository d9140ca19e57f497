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

    func run(words arguments: [String]) throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.appending(path: "out"), folder.appending(path: "err"))
        let status = try spawn(
            [RunningDaemon.folder.appending(path: name).path] + arguments,
            environment: [
                "ADMIN_SOCKET=\(socket)",
                "LD_LIBRARY_PATH=\(ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "")",
            ], output: output.path, errors: errors.path)
        return Outcome(
            status: status, output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// - Returns: The exit status, or 128 and the number of the signal that ended it.
    private func spawn(
        _ arguments: [String], environment: [String], output: String, errors: String
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT, 0o600)
        var words = arguments.map { strdup($0) } + [nil]
        var settings = environment.map { strdup($0) } + [nil]
        defer { for text in words + settings { free(text) } }
        var process = pid_t()
        let failure = posix_spawn(&process, arguments[0], &actions, nil, &words, &settings)
        guard failure == 0 else { throw TestFailure("\(arguments[0]): \(String(cString: strerror(failure)))") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw TestFailure("waitpid: \(String(cString: strerror(errno)))") }
        }
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
