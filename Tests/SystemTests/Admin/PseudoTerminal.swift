import Foundation
import TestSupport
import Threads

/// A program on a terminal of its own, as whoever sits there sees it, and types.
actor PseudoTerminal {
    private let executor: ThreadExecutor
    private let primary: Int32
    private let process: pid_t
    private var bytes: [UInt8] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - arguments: The program's path, and what it is told.
    ///   - environment: All of it, beside a TERM.
    init(
        _ arguments: [String], environment: [String: String] = [:], columns: UInt16 = 120, rows: UInt16 = 40
    ) throws {
        executor = try ThreadExecutor(name: "terminal")
        // As posix_openpt(3), unlockpt(3) and ptsname(3) do it, which Swift's Glibc module leaves out.
        primary = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (unlocked, number): (Int32, UInt32) = (0, 0)
        guard primary >= 0, ioctl(primary, 0x4004_5431 /* TIOCSPTLCK */, &unlocked) == 0,
            ioctl(primary, 0x8004_5430 /* TIOCGPTN */, &number) == 0
        else { throw TestFailure("no pseudo-terminal: \(String(cString: strerror(errno)))") }
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(primary, UInt(TIOCSWINSZ), &size)
        let settings = ["TERM": "xterm-256color"].merging(environment) { $1 }
        process = try spawn(
            arguments, environment: settings.map { "\($0.key)=\($0.value)" }, input: .file("/dev/pts/\(number)"),
            output: .input, errors: .input)
    }

    deinit {
        close(primary)
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// Types.
    func type(_ text: String) {
        _ = write(primary, text, text.utf8.count)
    }

    /// Everything that the program has sent to the terminal when it ended, or as soon as that is enough.
    func output(until isEnough: (String) -> Bool = { _ in false }) throws -> String {
        let deadline = ContinuousClock.now + .seconds(60)
        while !isEnough(text) {
            var entry = pollfd(fd: primary, events: Int16(POLLIN), revents: 0)
            guard ContinuousClock.now < deadline else { throw TestFailure("not seen within 60 s: \(text)") }
            guard poll(&entry, 1, 1_000) > 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = read(primary, &buffer, buffer.count)
            // EIO: nobody has the other side open any more.
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return text
    }

    private var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Where a stream of a program leads.
enum Stream {
    case file(String)
    /// The same as its standard input.
    case input
}

/// Starts a program by posix_spawn(3).
///
/// - Returns: Its process id; somebody must wait for it.
func spawn(
    _ arguments: [String], environment: [String], input: Stream = .file("/dev/null"), output: Stream, errors: Stream
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, stream) in [(Int32(0), input), (1, output), (2, errors)] {
        switch stream {
        case .file(let path):
            posix_spawn_file_actions_addopen(
                &actions, descriptor, path, descriptor == 0 ? O_RDWR : O_WRONLY | O_CREAT, 0o600)
        case .input: posix_spawn_file_actions_adddup2(&actions, 0, descriptor)
        }
    }
    // A session of its own, so that the terminal becomes the one that controls it.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | 0x80 /* POSIX_SPAWN_SETSID */))
    var words = arguments.map { strdup($0) } + [nil]
    var settings = environment.map { strdup($0) } + [nil]
    defer { for text in words + settings { free(text) } }
    var process = pid_t()
    let failure = posix_spawn(&process, arguments[0], &actions, &attributes, &words, &settings)
    guard failure == 0 else { throw TestFailure("\(arguments[0]): \(String(cString: strerror(failure)))") }
    return process
}

/// - Returns: The exit status, or 128 and the number of the signal that ended it.
func exitStatus(of process: pid_t) throws -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
        guard errno == EINTR else { throw TestFailure("waitpid: \(String(cString: strerror(errno)))") }
    }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
}
