import Files
import Foundation
import Testing

@Suite("A directory's entries are named relative to it, and nothing is replaced or followed unasked")
struct DirectoryTests {
    @Test("what is written is read back, and the temporary name is gone")
    func write() throws {
        try withTemporaryDirectory { directory in
            try directory.write(Array("first".utf8), to: "a", by: ".a.new", mode: 0o600)
            try directory.write(Array("second".utf8), to: "a", by: ".a.new", mode: 0o600)
            #expect(try content(of: "a", in: directory) == "second")
            #expect(try directory.names() == ["a"])
        }
    }

    @Test("moving never replaces what is there")
    func moveReplacesNothing() throws {
        try withTemporaryDirectory { directory in
            for name: FileName in ["a", "b"] {
                try directory.write(Array("\(name)".utf8), to: name, by: ".new", mode: 0o600)
            }
            #expect { try directory.move("a", to: directory, as: "b") } throws: { ($0 as? FileError)?.isTaken == true }
            #expect(try content(of: "a", in: directory) == "a")
            #expect(try content(of: "b", in: directory) == "b")
        }
    }

    @Test("no symbolic link is followed, to a file or to a directory")
    func links() throws {
        try withTemporaryDirectory { directory in
            symlink("/etc/passwd", "\(directory.path)/file")
            symlink("/etc", "\(directory.path)/folder")
            #expect { _ = try directory.open("file") } throws: { ($0 as? FileError)?.isSymbolicLink == true }
            #expect(throws: FileError.self) { _ = try directory.directory("folder") }
            #expect(throws: FileError.self) { _ = try directory.create("file", mode: 0o600) }
            let status = try directory.status(of: "file")
            #expect(status.kind == .symbolicLink)
        }
    }

    @Test("opening a fifo that nobody writes to returns at once")
    func fifo() throws {
        try withTemporaryDirectory { directory in
            mkfifo("\(directory.path)/fifo", 0o600)
            let status = try directory.open("fifo").status()
            #expect(status.kind == .other)
        }
    }

    @Test("a thousand names are met once each, and going through them can be ended")
    func entries() throws {
        try withTemporaryDirectory { directory in
            let names = Set((0..<1_000).map { FileName("entry-\($0)") })
            for name in names { _ = try directory.create(name, mode: 0o600) }
            let met = try directory.names()
            #expect(met.count == 1_000)
            #expect(Set(met) == names)
            var visited = 0
            try directory.forEachName { _ in
                visited += 1
                return visited < 10
            }
            #expect(visited == 10)
        }
    }

    @Test("a tree is removed with everything in it, and without what its links lead to")
    func removeTree() throws {
        try withTemporaryDirectory { directory in
            try directory.makeDirectory("kept", mode: 0o700)
            try directory.directory("kept").write([1], to: "file", by: ".new", mode: 0o600)
            try directory.makeDirectory("tree", mode: 0o700)
            let tree = try directory.directory("tree")
            try tree.makeDirectory("inner", mode: 0o700)
            try tree.directory("inner").write([1], to: "file", by: ".new", mode: 0o600)
            symlink("../kept", "\(tree.path)/link")
            try directory.removeTree("tree")
            #expect(try directory.names() == ["kept"])
            #expect(try directory.directory("kept").names() == ["file"])
        }
    }

    @Test("a second lock on a file is refused while the first is held")
    func lock() throws {
        try withTemporaryDirectory { directory in
            let first = try directory.create(".lock", mode: 0o600)
            #expect(try first.lock())
            #expect(try directory.create(".lock", mode: 0o600).lock() == false)
        }
    }

    private func content(of name: FileName, in directory: Directory) throws -> String {
        let file = try directory.open(name)
        var bytes = [UInt8](repeating: 0, count: 1_000)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
