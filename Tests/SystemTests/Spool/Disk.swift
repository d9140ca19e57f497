import Foundation
import Glibc
import TestSupport

/// Files by plain system calls: many of them fast, and the odd ones that Foundation doesn't make.
enum Disk {
    /// Calls something that gives a negative number and `errno` when it fails.
    @discardableResult
    static func call(_ what: String, _ body: () -> Int32) throws -> Int32 {
        let result = body()
        guard result >= 0 else { throw TestFailure("\(what): \(String(cString: strerror(errno)))") }
        return result
    }

    /// - Parameter size: To make it longer than its bytes, by a hole.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644, size: Int? = nil) throws {
        let file = try call("open \(path)") { Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode) }
        defer { close(file) }
        try write(bytes, to: file)
        if let size { try call("ftruncate") { ftruncate(file, size) } }
    }

    /// Leaves a socket's name behind. A path may be too long for an address, so it is made by its end alone.
    static func socket(at path: String) throws {
        try call("mknod \(path)") { mknod(path, S_IFSOCK | 0o666, 0) }
    }

    static func write(_ bytes: some Sequence<UInt8>, to file: Int32) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw TestFailure("write: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    static func rename(_ path: String, to newPath: String) throws {
        try call("rename \(path) to \(newPath)") { Glibc.rename(path, newPath) }
    }

    static func read(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The names in a directory, as text; none if there is no directory.
    static func names(in path: String) throws -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func exists(_ path: String) -> Bool {
        faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0
    }
}

extension RunningDaemon {
    /// The resident memory, in bytes.
    func residentBytes() throws -> Int {
        guard let process = processIdentifier else { throw TestFailure("\(name) does not run") }
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0.filter(\.isNumber)) })
        else { throw TestFailure("no VmRSS of \(name)") }
        return kibibytes << 10
    }
}
