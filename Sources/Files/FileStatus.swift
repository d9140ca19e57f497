import CLinux
import Glibc

/// What the kernel says of a file (stat(2)).
public struct FileStatus: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case regular, directory, symbolicLink, other
    }

    /// A point in time as file systems keep it.
    public struct Time: Sendable, Hashable {
        public let seconds: Int
        public let nanoseconds: Int

        public init(seconds: Int, nanoseconds: Int) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }
    }

    public let kind: Kind
    public let size: Int64
    public let device: UInt64
    public let inode: UInt64
    /// How many names the file has.
    public let links: UInt64
    public let owner: UInt32
    public let group: UInt32
    /// Who may do what, with the setuid, setgid and sticky bits: `0o3730`.
    public let mode: UInt32
    /// When its content changed; its writer may set this as it likes.
    public let modified: Time
    /// When anything about it changed; nobody can set this.
    public let changed: Time

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .other
            }
        size = Int64(status.st_size)
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        links = UInt64(status.st_nlink)
        owner = status.st_uid
        group = status.st_gid
        mode = status.st_mode & 0o7777
        modified = Time(seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        changed = Time(seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec)
    }

    /// Whether both are the same file, whatever it is called.
    public func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode
    }
}
