import CLinux
import Glibc

/// An open directory. Everything in it is named relative to it (openat(2)), so nobody can swap a part of the way there.
///
/// Closed when nobody holds it any more. Its calls block; they belong on threads that may.
public final class Directory: Sendable {
    /// Never close it.
    public let descriptor: Int32
    /// Where it was when it was opened, for messages.
    public let path: String

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// Opens a directory by its path. Symbolic links on the way are followed: the path is the operator's own.
    public static func open(_ path: String) throws(FileError) -> Directory {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path) }
        return Directory(descriptor: descriptor, path: path)
    }

    /// Opens a directory in this one; not through a symbolic link.
    public func directory(_ name: FileName) throws(FileError) -> Directory {
        let path = self.path(of: name)
        let descriptor = name.withCString {
            openat(self.descriptor, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw FileError("openat", path) }
        return Directory(descriptor: descriptor, path: path)
    }

    /// Makes a directory in this one unless it is there.
    ///
    /// - Returns: Whether it was made.
    @discardableResult
    public func makeDirectory(_ name: FileName, mode: UInt32) throws(FileError) -> Bool {
        if name.withCString({ mkdirat(descriptor, $0, mode) }) == 0 { return true }
        guard errno == EEXIST else { throw FileError("mkdirat", path(of: name)) }
        return false
    }

    /// Sets mode and, where one is given, group.
    public func setPermissions(mode: UInt32, group: UInt32?) throws(FileError) {
        if let group, fchown(descriptor, uid_t.max, group) != 0 { throw FileError("fchown", path) }
        guard fchmod(descriptor, mode) == 0 else { throw FileError("fchmod", path) }
    }

    /// Opens a file for reading without following a symbolic link, and without waiting for anybody, should it be a fifo.
    public func open(_ name: FileName) throws(FileError) -> OpenFile {
        let path = self.path(of: name)
        let descriptor = name.withCString {
            openat(self.descriptor, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        }
        guard descriptor >= 0 else { throw FileError("openat", path) }
        return OpenFile(descriptor: descriptor, path: path)
    }

    /// Opens a file for reading like ``open(_:)``.
    ///
    /// - Returns: `nil` if there is none.
    public func openIfThere(_ name: FileName) throws(FileError) -> OpenFile? {
        do throws(FileError) { return try open(name) } catch  where error.isMissing { return nil }
    }

    /// Makes a file for reading and writing, empty also if there was one.
    public func create(_ name: FileName, mode: UInt32) throws(FileError) -> OpenFile {
        let path = self.path(of: name)
        let descriptor = name.withCString {
            openat(self.descriptor, $0, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode)
        }
        guard descriptor >= 0 else { throw FileError("openat", path) }
        return OpenFile(descriptor: descriptor, path: path)
    }

    /// What the kernel says of the directory itself.
    public func status() throws(FileError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("fstat", path) }
        return FileStatus(status)
    }

    /// What the kernel says of an entry; of a symbolic link itself, not of its target.
    public func status(of name: FileName) throws(FileError) -> FileStatus {
        var status = stat()
        guard name.withCString({ fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0 else {
            throw FileError("fstatat", path(of: name))
        }
        return FileStatus(status)
    }

    /// Moves an entry to where there is none of that name (renameat2(2), RENAME_NOREPLACE).
    public func move(_ name: FileName, to target: Directory, as newName: FileName) throws(FileError) {
        let status = name.withCString { name in
            newName.withCString { rename_without_replacing(descriptor, name, target.descriptor, $0) }
        }
        guard status == 0 else { throw FileError("renameat2", path(of: name)) }
    }

    /// Gives an entry another name in this directory, in the place of what has that name.
    public func replace(_ name: FileName, with newContent: FileName) throws(FileError) {
        let status = newContent.withCString { from in
            name.withCString { renameat(descriptor, from, descriptor, $0) }
        }
        guard status == 0 else { throw FileError("renameat", path(of: newContent)) }
    }

    /// Removes a file; nothing happens if there is none.
    public func remove(_ name: FileName) throws(FileError) {
        guard name.withCString({ unlinkat(descriptor, $0, 0) }) == 0 || errno == ENOENT else {
            throw FileError("unlinkat", path(of: name))
        }
    }

    /// Removes an empty directory; nothing happens if there is none.
    public func removeDirectory(_ name: FileName) throws(FileError) {
        guard name.withCString({ unlinkat(descriptor, $0, AT_REMOVEDIR) }) == 0 || errno == ENOENT else {
            throw FileError("rmdir", path(of: name))
        }
    }

    /// Waits until the names in this directory are on the disk (fsync(2)).
    public func sync() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError("fsync", path) }
    }

    /// Writes a file so that under its name there is always all of it or none: under another name, to the disk, and
    /// renamed. The name itself is on the disk after ``sync()``.
    ///
    /// - Parameter way: The other name, in the same directory.
    public func write(
        _ bytes: [UInt8], to name: FileName, by way: FileName, mode: UInt32
    ) throws(FileError) {
        let file = try create(way, mode: mode)
        try file.write(bytes)
        try file.sync()
        try replace(name, with: way)
    }

    public func path(of name: FileName) -> String {
        "\(path)/\(name)"
    }
}
