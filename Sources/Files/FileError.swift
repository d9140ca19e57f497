import CLinux
public import Glibc

/// A system call on a file or directory that failed.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call: `openat`, `fsync`, `renameat2`, ….
    public let call: String
    /// What it was about.
    public let path: String
    /// The kernel's reason (errno(3)).
    public let errno: Int32

    public init(_ call: String, _ path: String, errno: Int32 = Glibc.errno) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    /// Whether the disk, its inodes or a quota are used up: it will work once there is room again.
    public var isOutOfSpace: Bool { errno == ENOSPC || errno == EDQUOT }

    public var isMissing: Bool { errno == ENOENT }

    public var description: String {
        let reason = "\(path): \(call): \(String(cString: strerror(errno)))"
        return switch errno {
        case ENOSPC, EDQUOT: "\(reason); make room on that file system"
        case EACCES, EPERM: "\(reason); see that the daemon's user owns the directory"
        case EROFS: "\(reason); mount it read-write, or add it to ReadWritePaths= of the unit"
        case EXDEV: "\(reason); the whole spool must be on one file system and one mount"
        case EMFILE, ENFILE: "\(reason); raise LimitNOFILE= of the unit"
        default: reason
        }
    }
}

extension FileError {
    /// Whether the caller may not do this.
    public var isRefusal: Bool { errno == EACCES || errno == EPERM }

    /// Whether the new name belongs to something else already.
    public var isTaken: Bool { errno == EEXIST }

    /// Whether the name turned out to be a symbolic link's.
    public var isSymbolicLink: Bool { errno == ELOOP }
}
