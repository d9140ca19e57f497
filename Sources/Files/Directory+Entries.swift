import CLinux
import Glibc

extension Directory {
    /// Goes through the names in this directory, in no order, holding a few at a time: `.` and `..` are left out.
    ///
    /// What is made or removed meanwhile may be met or not (readdir(3)).
    ///
    /// - Parameter visit: Returns whether to go on.
    public func forEachName(_ visit: (FileName) throws -> Bool) throws {
        // A stream of its own: the descriptor's position would be shared with every other reader.
        let stream = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard stream >= 0 else { throw FileError("openat", path) }
        guard let entries = fdopendir(stream) else {
            let error = FileError("fdopendir", path)
            close(stream)
            throw error
        }
        defer { closedir(entries) }
        while true {
            errno = 0
            guard let entry = readdir(entries) else {
                guard errno == 0 else { throw FileError("readdir", path) }
                return
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { FileName(bytes: Array($0.prefix { $0 != 0 })) }
            if name == "." || name == ".." { continue }
            guard try visit(name) else { return }
        }
    }

    /// All names in this directory: for directories that are our own and small.
    public func names() throws -> [FileName] {
        var names: [FileName] = []
        try forEachName {
            names.append($0)
            return true
        }
        return names
    }

    /// Removes an entry with everything in it.
    public func removeTree(_ name: FileName) throws {
        guard try status(of: name).kind == .directory else { return try remove(name) }
        let tree = try directory(name)
        for child in try tree.names() { try tree.removeTree(child) }
        try removeDirectory(name)
    }
}

extension Directory {
    /// The beginning of a file, up to `limit` bytes: for files that are our own and small.
    public func contents(of name: FileName, atMost limit: Int) throws(FileError) -> [UInt8] {
        let file = try open(name)
        var bytes = [UInt8](repeating: 0, count: min(limit, Int(clamping: max(0, try file.status().size))))
        var count = 0
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(FileError) in
                while count < buffer.count {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                    let read = try file.read(into: rest)
                    if read == 0 { return }
                    count += read
                }
            }
        }
        try result.get()
        return Array(bytes.prefix(count))
    }
}
