import AdminChannel
import Glibc

/// A file of this side, whose bytes are sent along with a request: the daemon may not even be allowed to see it.
///
/// It promises that the daemon gets the file as it was at one moment, or not all of it: before the last piece it makes sure
/// that nobody has written to the file meanwhile.
final class LocalFile {
    private let path: String
    private var descriptor: Int32
    private var status = stat()
    private var rest: Int64 = 0

    /// - Parameters:
    ///   - path: `-` for standard input. What is no regular file (a pipe, say) is first read to its end, into a temporary
    ///     file without a name, since it must be known how much there is.
    ///   - progress: Is told now and then how many bytes have been read so.
    /// - Throws: ``LocalFileError``.
    init(_ path: String, progress: (Int64) -> Void) throws(LocalFileError) {
        self.path = path == "-" ? "standard input" : path
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error("open") }
        guard fstat(descriptor, &status) == 0 else { throw error("fstat") }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw LocalFileError("\(path) is a directory; import its files one by one")
        default:
            let source = descriptor
            descriptor = try Self.unnamedFile()
            defer { close(source) }
            try copy(source, progress: progress)
            guard fstat(descriptor, &status) == 0 else { throw error("fstat") }
        }
        // Standard input may have been read in part by somebody else.
        rest = max(0, Int64(status.st_size) - Int64(lseek(descriptor, 0, SEEK_CUR)))
    }

    deinit {
        close(descriptor)
    }

    var upload: AdminUpload { AdminUpload(size: rest, next: next) }

    private func next(_ limit: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: min(limit, Int(clamping: rest)))
        let count = try read(descriptor, into: &buffer)
        rest -= Int64(count)
        guard count > 0, try rest > 0 || isUnchanged() else {
            throw LocalFileError("\(path) has changed while it was read, so nothing of it was taken; try again")
        }
        return Array(buffer.prefix(count))
    }

    private func isUnchanged() throws(LocalFileError) -> Bool {
        var now = stat()
        guard fstat(descriptor, &now) == 0 else { throw error("fstat") }
        return now.st_size == status.st_size && now.st_mtim.tv_sec == status.st_mtim.tv_sec
            && now.st_mtim.tv_nsec == status.st_mtim.tv_nsec
    }

    private func read(_ descriptor: Int32, into buffer: inout [UInt8]) throws(LocalFileError) -> Int {
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw error("read") }
        }
    }

    // MARK: What is no regular file

    /// `$TMPDIR`, or where there is more room than in memory.
    private static var folder: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp" }

    private static func unnamedFile() throws(LocalFileError) -> Int32 {
        var name = Array("\(folder)/productctl-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw LocalFileError(folder, "mkstemp", errno) }
        unlink(name)
        return descriptor
    }

    /// Copies all of it, and goes back to the beginning of the copy.
    private func copy(_ source: Int32, progress: (Int64) -> Void) throws(LocalFileError) {
        var buffer = [UInt8](repeating: 0, count: 256 * 1_024)
        var (total, told): (Int64, ContinuousClock.Instant) = (0, .now)
        while case let count = try read(source, into: &buffer), count > 0 {
            var written = 0
            while written < count {
                let more = buffer.withUnsafeBytes { bytes in
                    write(descriptor, bytes.baseAddress.map { $0 + written }, count - written)
                }
                guard more > 0 || errno == EINTR else { throw error("write to \(Self.folder) (TMPDIR)") }
                written += max(0, more)
            }
            total += Int64(count)
            if told.duration(to: .now) > .seconds(1) {
                progress(total)
                told = .now
            }
        }
        lseek(descriptor, 0, SEEK_SET)
    }

    private func error(_ call: String) -> LocalFileError { LocalFileError(path, call, errno) }
}

/// A file of this side can't be sent.
struct LocalFileError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ path: String, _ call: String, _ errno: Int32) {
        self.init("\(path): \(call): \(String(cString: strerror(errno)))")
    }
}
