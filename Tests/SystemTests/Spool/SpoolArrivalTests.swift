import Foundation
import Glibc
import TestSupport
import Testing

@Suite("However a file arrives, it is taken once, whole, and no sooner")
struct SpoolArrivalTests {
    /// inotify alone has to find the file, or a scan alone.
    private static let scanIntervals = ["100ms", "1h"]

    @Test("a writer that takes its time is waited for")
    func slowWriter() async throws {
        try await Spool.open(settings: ["SPOOL_QUIESCE": "2s"]) { spool in
            let file = spool.file("slow.ndjson", orders: 20)
            let path = try calm(in: spool) + "/slow.ndjson"
            let writer = try Disk.call("open") { open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644) }
            for number in 1...20 {
                try Disk.write(file.line(number).utf8, to: writer)
                // Times that say nothing: it is our own watching that counts.
                let old = Date(timeIntervalSince1970: 1_000_000_000)
                try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
                try await Task.sleep(for: .milliseconds(100))
            }
            close(writer)
            #expect(try await spool.awaitReceipt(of: "slow.ndjson", from: "calm").orders.accepted == 20)
            try await spool.ordersAreOnce(file.orderNames)
        }
    }

    @Test("a file whose writer was killed is refused as truncated when patience ends, and holds up no other")
    func killedWriter() async throws {
        try await Spool.open { spool in
            let file = spool.file("cut.ndjson", orders: 3)
            let whole = spool.file("whole.ndjson")
            try Disk.write(file.bytes.dropLast(5), to: try calm(in: spool) + "/cut.ndjson")
            try await spool.take(whole)
            let receipt = try await spool.awaitReceipt(of: "cut.ndjson", from: "calm")
            #expect(receipt.code == "truncated")
            #expect(receipt.outcome == "rejected")
            let reason = try spool.reason(for: receipt)
            #expect(reason.attempts > 1)
            #expect(try Disk.read("\(spool.archive(of: receipt))/cut.ndjson") == file.bytes.dropLast(5))
            try await spool.ordersAreOnce(whole.orderNames)
            // Sent again, whole, under the same name.
            try spool.drop(file, as: "calm")
            #expect(try await spool.awaitReceipt(of: file.name, from: "calm", count: 2).orders.accepted == 3)
        }
    }

    @Test(
        "a link that is made, and the first name then removed, as Maildir and old SFTP servers do it",
        arguments: scanIntervals)
    func links(scanInterval: String) async throws {
        let settings = ["SPOOL_SCAN_INTERVAL": scanInterval, "SPOOL_PATIENCE": "30s"]
        try await Spool.open(settings: settings) { spool in
            let maildir = spool.file("maildir.ndjson")
            let sftp = spool.file("sftp.ndjson")
            let drop = spool.drop(of: "acme")
            for (file, first) in [(maildir, "\(spool.path)/outside"), (sftp, "\(drop)/sftp.ndjson.filepart")] {
                try Disk.write(file.bytes, to: first)
                try Disk.call("link") { link(first, "\(drop)/\(file.name)") }
                // The link is seen before the first name is gone.
                try await eventually("the link was tried") {
                    try await spool.metric(#"spool_files_total{outcome="deferred"}"#)
                        > (file.name == "sftp.ndjson" ? 1 : 0)
                }
                try Disk.call("unlink") { unlink(first) }
                #expect(try await spool.awaitReceipt(of: file.name).outcome == "accepted")
            }
            try await spool.ordersAreOnce(maildir.orderNames + sftp.orderNames)
        }
    }

    @Test("a name that comes again with other bytes is a new file; the same bytes are one, whatever their names")
    func names() async throws {
        try await Spool.open(customerd: true) { spool in
            let first = spool.file("orders.ndjson", orders: 3)
            let other = OrderFile(name: first.name, tag: "other", product: spool.product, orders: 2)
            let taken = try await spool.take(first)
            try spool.drop(other)
            let second = try await spool.awaitReceipt(of: first.name, count: 2)
            #expect(second.orders.accepted == 2)
            for name in ["copy.ndjson", "orders.ndjson"] {
                try spool.drop(name, first.bytes)
                let again = try await spool.awaitReceipt(of: name, count: name == first.name ? 3 : 1)
                #expect(again.outcome == "duplicate")
                #expect(again.duplicateOf == taken.id)
                #expect(again.orders == .init(accepted: 0, refused: 0, duplicates: 3))
                #expect(again.sha256 == taken.sha256)
                #expect(try Disk.read("\(spool.archive(of: again))/\(name)") == first.bytes)
            }
            #expect(try Disk.read("\(spool.archive(of: taken))/\(first.name)") == first.bytes)
            #expect(try Disk.read("\(spool.archive(of: second))/\(first.name)") == other.bytes)
            try await spool.ordersAreOnce(first.orderNames + other.orderNames)
            // Another partner's file is another file, and their external ids are their own.
            try spool.drop(first, as: "strict")
            #expect(try await spool.awaitReceipt(of: first.name, from: "strict").orders.accepted == 3)
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("names that say that their writer is at it wait, until they are renamed", arguments: scanIntervals)
    func unfinishedNames(scanInterval: String) async throws {
        try await Spool.open(settings: ["SPOOL_SCAN_INTERVAL": scanInterval]) { spool in
            let drop = spool.drop(of: "acme")
            let names = [".a.ndjson", "b.ndjson.part", "c.ndjson.tmp", "d.ndjson.filepart", "e.ndjson.writing"]
            let files = names.map { spool.file($0) }
            for file in files { try Disk.write(file.bytes, to: "\(drop)/\(file.name)") }
            // Were they taken, they would be before this one.
            let later = spool.file("later.ndjson")
            try await spool.take(later)
            #expect(try Set(Disk.names(in: drop)) == Set(names))
            for (name, final) in zip(names, ["a", "b", "c", "d", "e"]) {
                try Disk.rename("\(drop)/\(name)", to: "\(drop)/\(final).ndjson")
                #expect(try await spool.awaitReceipt(of: "\(final).ndjson").outcome == "accepted")
            }
            try await spool.ordersAreOnce((files + [later]).flatMap(\.orderNames))
        }
    }

    /// A partner that nobody has configured: `quiesce`.
    private func calm(in spool: Spool) throws -> String {
        try Disk.call("mkdir") { mkdir(spool.drop(of: "calm"), 0o755) }
        return spool.drop(of: "calm")
    }
}
