import Foundation
import Glibc
import TestSupport
import Testing

/// A file system of 32 MiB that a test fills.
@Suite(
    "On a full disk nothing is lost: what was claimed is gone on with when there is room",
    .enabled(if: SmallDisk.isPossible, "this needs root, and to be allowed to mount"))
struct SpoolFullDiskTests {
    @Test("below the limit nothing is claimed, and productd says so")
    func limit() async throws {
        try await SmallDisk.with { disk in
            let settings = ["SPOOL_MINIMUM_FREE_BYTES": "\(8 << 20)"]
            try await Spool.open(settings: settings, at: "\(disk)/spool", customerd: true) { spool in
                try Disk.fill("\(disk)/ballast", leaving: 4 << 20, on: disk)
                try await eventually("it says so") { try await spool.trouble()?.contains("make room") == true }
                let file = spool.file("late.ndjson", orders: 3)
                try spool.drop(file)
                try await eventually("it is seen") { try await spool.metric("spool_waiting_files") == 1 }
                #expect(try spool.unfinished() == ["drop/acme/late.ndjson"])
                try Disk.call("unlink") { unlink("\(disk)/ballast") }
                try await spool.awaitPromise([file])
                try await eventually("the spool is up") { try await spool.trouble() == nil }
            }
        }
    }

    @Test("full to the last byte, at any point of a file's way")
    func full() async throws {
        try await SmallDisk.with { disk in
            let settings = ["SPOOL_MINIMUM_FREE_BYTES": "0", "SPOOL_CHUNK_SIZE": "100"]
            try await Spool.open(settings: settings, at: "\(disk)/spool", customerd: true) { spool in
                var files: [OrderFile] = []
                for room in [0, 4_096, 8_192, 64 << 10, 200 << 10, 230 << 10] {
                    let file = spool.file("\(room).ndjson", orders: 1_000, bad: room == 64 << 10)
                    files.append(file)
                    try Disk.write(file.bytes, to: "\(spool.drop(of: "acme"))/.new")
                    try Disk.fill("\(disk)/ballast", leaving: room, on: disk)
                    try Disk.rename("\(spool.drop(of: "acme"))/.new", to: "\(spool.drop(of: "acme"))/\(file.name)")
                    try await eventually("it is tried, or done") {
                        try await spool.trouble() != nil || !spool.receipts(of: file.name).isEmpty
                    }
                    try Disk.call("unlink") { unlink("\(disk)/ballast") }
                    try await spool.awaitEnd(of: file)
                }
                try await spool.awaitPromise(files)
                try await eventually("the spool is up") { try await spool.trouble() == nil }
            }
        }
    }
}

/// A small file system in memory, mounted for one test.
enum SmallDisk {
    static let isPossible: Bool = {
        guard geteuid() == 0 else { return false }
        let path = FileManager.default.temporaryDirectory.appending(path: "mount-\(UUID().uuidString)").path
        guard mkdir(path, 0o755) == 0 else { return false }
        defer { rmdir(path) }
        guard mount("tmpfs", path, "tmpfs", 0, nil) == 0 else { return false }
        return umount2(path, 0) == 0
    }()

    static func with(_ body: (_ path: String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "disk-\(UUID().uuidString.prefix(8))").path
        try Disk.call("mkdir") { mkdir(path, 0o755) }
        try Disk.call("mount") { mount("tmpfs", path, "tmpfs", 0, "size=32m,mode=0755") }
        defer {
            umount2(path, Int32(MNT_DETACH))
            rmdir(path)
        }
        try await body(path)
    }
}

extension Disk {
    /// Fills a file system with one file, but for so many bytes.
    static func fill(_ path: String, leaving room: Int, on disk: String) throws {
        let free = try FileManager.default.attributesOfFileSystem(forPath: disk)[.systemFreeSize] as? Int
        try write(Array(repeating: 1, count: max(0, (free ?? 0) - room)), to: path)
    }
}
