import Foundation
import Glibc
import TestSupport
import Testing

@Suite("A hostile file is refused and kept with its reason, reaches nothing outside, and holds up no other")
struct SpoolHostileTests {
    /// What a partner may put into their directory under the name `path`, and the code that it is refused with.
    private static let oddities: [(name: String, code: String, make: @Sendable (_ path: String) throws -> Void)] = [
        ("fifo.ndjson", "not-a-file", { path in try Disk.call("mkfifo") { mkfifo(path, 0o666) } }),
        ("socket.ndjson", "not-a-file", { path in try Disk.socket(at: path) }),
        ("outside.ndjson", "symlink", { path in try Disk.call("symlink") { symlink("/etc/passwd", path) } }),
        ("inside.ndjson", "symlink", { path in try Disk.call("symlink") { symlink("good.ndjson", path) } }),
        ("nowhere.ndjson", "symlink", { path in try Disk.call("symlink") { symlink("/no/such/file", path) } }),
        ("empty.ndjson", "empty", { path in try Disk.write([], to: path) }),
        ("sparse.ndjson", "too-large", { path in try Disk.write([], to: path, size: 4 << 30) }),
        ("zeros.ndjson", "truncated", { path in try Disk.write([], to: path, size: 4 << 20) }),
        (
            "open.json", "truncated",
            { path in try Disk.write(Array(repeating: UInt8(ascii: "["), count: 1 << 20), to: path) }
        ),
        ("scalar.json", "malformed", { path in try Disk.write(Array("42\n".utf8), to: path) }),
        (
            "picture.png", "unknown-format",
            { path in try Disk.write([0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10], to: path) }
        ),
        ("torn.ndjson.gz", "truncated", { path in try Disk.write(Array(Self.gzipHead), to: path) }),
        (
            "damaged.ndjson.gz", "compression-damaged",
            { path in try Disk.write(Self.gzipHead + [0xFF, 0xFF, 0xFF], to: path) }
        ),
        ("header.csv", "malformed", { path in try Disk.write(Array("customerId,quantaty\n".utf8), to: path) }),
    ]

    private static let gzipHead: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]

    @Test("things that are no files, files that are no orders")
    func oddities() async throws {
        try await Spool.open(settings: ["SPOOL_LANES": "1"]) { spool in
            let drop = spool.drop(of: "acme")
            for oddity in Self.oddities {
                try oddity.make("\(drop)/.\(oddity.name)")
                try Disk.rename("\(drop)/.\(oddity.name)", to: "\(drop)/\(oddity.name)")
            }
            let good = spool.file("good.ndjson")
            try await spool.take(good)
            for oddity in Self.oddities {
                let receipt = try await spool.awaitReceipt(of: oddity.name)
                #expect(receipt.code == oddity.code, "\(oddity.name): \(receipt)")
                #expect(receipt.outcome == "rejected")
                #expect(Disk.exists("\(spool.archive(of: receipt))/\(oddity.name)"))
                let reason = try spool.reason(for: receipt)
                #expect(reason.code == oddity.code && reason.id == receipt.id && !reason.hint.isEmpty)
            }
            try await eventually("nothing is left") { try spool.unfinished().isEmpty }
            try await spool.ordersAreOnce(good.orderNames)
            #expect(try await spool.trouble() == nil)
        }
    }

    @Test("a file with a second name is refused when patience ends, and the second name keeps its bytes")
    func hardLink() async throws {
        try await Spool.open { spool in
            let file = spool.file("linked.ndjson")
            let other = "\(spool.path)/other"
            try Disk.write(file.bytes, to: other)
            try Disk.call("link") { link(other, "\(spool.drop(of: "acme"))/linked.ndjson") }
            let receipt = try await spool.awaitReceipt(of: file.name)
            #expect(receipt.code == "hard-link")
            #expect(try Disk.read(other) == file.bytes)
            try await spool.ordersAreOnce([])
        }
    }

    @Test("a file that productd may not read is refused when patience ends, with its owner")
    func unreadable() async throws {
        // Root reads everything but for these capabilities.
        let isRoot = geteuid() == 0
        let wrapper = isRoot ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : []
        try await Spool.open(through: wrapper) { spool in
            let file = spool.file("secret.ndjson")
            let hidden = "\(spool.drop(of: "acme"))/.hidden"
            try Disk.write(file.bytes, to: hidden, mode: isRoot ? 0o600 : 0)
            if isRoot { try Disk.call("chown") { chown(hidden, 65_534, 65_534) } }
            try Disk.rename(hidden, to: "\(spool.drop(of: "acme"))/secret.ndjson")
            let next = spool.file("next.ndjson")
            try await spool.take(next)
            let receipt = try await spool.awaitReceipt(of: file.name)
            #expect(receipt.code == "unreadable")
            #expect(try spool.reason(for: receipt).ownerUid == (isRoot ? 65_534 : geteuid()))
            try await spool.ordersAreOnce(next.orderNames)
        }
    }

    @Test("names of 255 bytes, names that are no text, and names that are the spool's own are kept as they are")
    func names() async throws {
        try await Spool.open(settings: ["SPOOL_PATIENCE": "30s"]) { spool in
            let drop = spool.drop(of: "acme")
            let texts = [
                String(repeating: "n", count: 248) + ".ndjson", "receipt.json", "reason.json", "rejects.ndjson",
                "original.receipt.json", "-rf *;$(id).ndjson",
            ]
            let noText: [UInt8] = [0xFF, 0xFE, 0x0A, 0x22]
            let names = texts.map { Array($0.utf8) } + [noText + ".ndjson".utf8]
            for (number, name) in names.enumerated() {
                let order = spool.file("\(number)").bytes
                try Disk.write(order, to: "\(drop)/.new")
                let target = ("\(drop)/".utf8 + name + [0]).map { CChar(bitPattern: $0) }
                try Disk.call("rename") { rename("\(drop)/.new", target) }
            }
            try await eventually("all are ended") { try spool.unfinished().isEmpty }
            try await spool.ordersAreOnce(names.indices.map { "\($0)/1" })
            let receipts = try Disk.names(in: "\(spool.path)/receipts/acme")
            #expect(receipts.count == names.count)
            #expect(receipts.allSatisfy { $0.hasSuffix(".json") })
            let shown = try FileManager.default.subpathsOfDirectory(atPath: "\(spool.path)/done")
            #expect(shown.contains { $0.hasSuffix("/original.receipt.json") })
            #expect(shown.contains { $0.hasSuffix(String(repeating: "n", count: 248) + ".ndjson") })
            #expect(try await spool.trouble() == nil)
        }
    }

    @Test("a record as deep as it is long is one bad record")
    func depth() async throws {
        try await Spool.open { spool in
            let good = spool.file("deep.ndjson", orders: 2)
            let deep = String(repeating: "[", count: 400_000) + String(repeating: "]", count: 400_000)
            let object = String(repeating: #"{"a":"#, count: 100_000) + "1" + String(repeating: "}", count: 100_000)
            for (name, text) in [
                ("deep.ndjson", "\(good.line(1))\(deep)\n\(object)\n\(good.line(2))"),
                ("deep.json", "[\(deep), \(object)]\n"),
            ] {
                try spool.drop(name, Array(text.utf8))
                let receipt = try await spool.awaitReceipt(of: name)
                #expect(receipt.code == "orders-refused")
                #expect(receipt.orders.refused == 2, "\(receipt)")
            }
            try await spool.ordersAreOnce(good.orderNames)
        }
    }
}
