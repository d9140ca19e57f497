import CLinux
import Glibc

/// An open file, closed when nobody holds it any more.
///
/// Its calls block; they belong on threads that may.
public final class OpenFile: Sendable {
    /// For `pread(2)` and its like; never close it.
    public let descriptor: Int32
    public let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// - Throws: ``FileError``.
    public func status() throws(FileError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("fstat", path) }
        return FileStatus(status)
    }

    /// Reads what comes next, as much as fits or is there.
    ///
    /// - Returns: How many bytes; 0 at the end.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw FileError("read", path) }
        }
    }

    /// Reads at a place, as much as fits or is there.
    ///
    /// - Returns: How many bytes; 0 at the end.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw FileError("pread", path) }
        }
    }

    /// Writes all of it.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno != EINTR {
                throw FileError("write", path)
            }
        }
    }

    public func write(_ bytes: [UInt8]) throws(FileError) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(FileError) in try write(buffer) }
        }
        try result.get()
    }

    /// Waits until content and size are on the disk (fsync(2)).
    ///
    /// After a failure the kernel may have dropped what could not be written: the file is to be written anew, never to be
    /// synced again.
    public func sync() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError("fsync", path) }
    }

    /// Takes the file's lock, which ends with the process or this object (flock(2)).
    ///
    /// - Returns: Whether it could be had; somebody else holds it otherwise.
    public func lock() throws(FileError) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw FileError("flock", path) }
        return false
    }
}
