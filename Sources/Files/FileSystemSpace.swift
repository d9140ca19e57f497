import CLinux
import Glibc

/// What a file system has left for a program that is not root's (statvfs(3)).
public struct FileSystemSpace: Sendable, Hashable {
    public let freeBytes: Int64
    /// How many more files it can have; `nil` where it doesn't count them, as btrfs.
    public let freeInodes: Int64?

    /// - Throws: ``FileError``.
    public init(of directory: Directory) throws(FileError) {
        var status = statvfs()
        guard fstatvfs(directory.descriptor, &status) == 0 else { throw FileError("fstatvfs", directory.path) }
        freeBytes = Int64(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        freeInodes = status.f_files == 0 ? nil : Int64(clamping: status.f_favail)
    }
}
