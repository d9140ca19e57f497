import Foundation
import TestSupport

/// productctl or customerctl, run as somebody types it.
struct CommandLineTool: Sendable {
    let name: String
    let socket: String

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
    func run(_ arguments: String...) async throws -> Outcome {
        try await run(words: arguments)
    }

    func run(words arguments: [String]) async throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = RunningDaemon.folder.appending(path: name)
        process.arguments = arguments
        process.environment = [
            "ADMIN_SOCKET": socket, "LD_LIBRARY_PATH": ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] ?? "",
        ]
        process.standardInput = FileHandle.nullDevice
        let output = folder.appending(path: "out")
        let errors = folder.appending(path: "err")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        for await _ in ended {}
        return Outcome(
            status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }
}
