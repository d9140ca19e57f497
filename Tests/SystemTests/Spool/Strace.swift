import Foundation
import TestSupport

/// strace(1), attached to one thread of a running daemon, or to all: it kills the daemon at a chosen system call, or lets
/// calls fail.
final class Strace: Sendable {
    private let process: Process
    private let log: URL
    private let trace: URL
    private let reaping: Task<Void, Never>

    /// What strace is to do: `fsync:signal=KILL:when=3`, `write:error=EIO`.
    typealias Injection = String

    /// Whether this user may trace other processes.
    static let isPossible: Bool = {
        guard access("/usr/bin/strace", X_OK) == 0 else { return false }
        let scope = try? String(contentsOfFile: "/proc/sys/kernel/yama/ptrace_scope", encoding: .utf8)
        return geteuid() == 0 || scope.map { $0.hasPrefix("0") } ?? true
    }()

    /// Attaches, and returns when the next call is traced.
    ///
    /// - Parameter thread: The beginning of the thread's name, as the kernel has it; `nil` for all threads.
    init(_ daemon: RunningDaemon, thread: String?, inject injection: Injection) async throws {
        guard let identifier = daemon.processIdentifier else { throw TestFailure("\(daemon.name) does not run") }
        let target = try thread.map { try Self.thread($0, of: identifier) } ?? identifier
        let calls = injection.prefix { $0 != ":" }
        log = FileManager.default.temporaryDirectory.appending(path: "strace-\(UUID().uuidString).log")
        trace = log.appendingPathExtension("trace")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        self.process = process
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["strace", "-qq", "-y", "-o", trace.path, "-e", "trace=\(calls)", "-e", "inject=\(injection)"]
            + (thread == nil ? ["-f"] : []) + ["-p", "\(target)"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: log)
        try withoutBlockedSignals { try process.run() }
        reaping = Task { await Self.end(process, whenDead: identifier) }
        try await eventually("strace is attached", within: .seconds(20)) {
            guard self.process.isRunning else {
                throw TestFailure("strace: \((try? String(contentsOf: self.log, encoding: .utf8)) ?? "")")
            }
            let threads = thread == nil ? try Disk.names(in: "/proc/\(identifier)/task") : ["\(target)"]
            return threads.allSatisfy { Self.isTraced("/proc/\(identifier)/task/\($0)") }
        }
    }

    deinit {
        reaping.cancel()
        if process.isRunning { process.interrupt() }
        try? FileManager.default.removeItem(at: log)
        try? FileManager.default.removeItem(at: trace)
    }

    /// The calls that were made to fail.
    var injected: [String] {
        let text = (try? String(contentsOf: trace, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { $0.contains("(INJECTED)") }.map(String.init)
    }

    /// Lets go of the daemon.
    func detach() async throws {
        if process.isRunning { process.interrupt() }
        try await eventually("strace ends") { !self.process.isRunning }
    }

    /// What starts a program under strace, so that its first calls are traced too; the program keeps its process id.
    static func wrapper(inject injection: Injection) -> [String] {
        let calls = injection.prefix { $0 != ":" }
        return [
            "strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=\(calls)", "-e",
            "inject=\(injection)",
        ]
    }

    /// Kills a strace that sleeps on when its daemon is dead.
    ///
    /// That was seen once, with many at work: every thread of the daemon was a zombie, which only its tracer can reap, and
    /// Foundation, which watches all children from one thread, waited for that daemon for ever.
    private static func end(_ strace: Process, whenDead daemon: Int32) async {
        var deadFor = 0
        while strace.isRunning, !Task.isCancelled {
            deadFor = isEnding(daemon) ? deadFor + 1 : 0
            if deadFor > 50 { kill(strace.processIdentifier, SIGKILL) }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// A zombie, or stopped for its tracer, which an exit is, too; other calls are so for no longer than strace takes.
    private static func isEnding(_ process: Int32) -> Bool {
        let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return ["Z", "t"].contains(stat?.split(separator: ") ").last?.prefix(1))
    }

    private static func isTraced(_ path: String) -> Bool {
        guard let status = try? String(contentsOfFile: "\(path)/status", encoding: .utf8) else { return true }
        return status.split(separator: "\n").contains { $0.hasPrefix("TracerPid:") && !$0.hasSuffix("\t0") }
    }

    private static func thread(_ name: String, of process: Int32) throws -> Int32 {
        for thread in try Disk.names(in: "/proc/\(process)/task") {
            let found = try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/comm", encoding: .utf8)
            if found?.hasPrefix(name) == true, let number = Int32(thread) { return number }
        }
        throw TestFailure("no thread \(name)")
    }
}
