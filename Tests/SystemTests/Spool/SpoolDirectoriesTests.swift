import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Directories that come and go under the spool's feet lose no file")
struct SpoolDirectoriesTests {
    @Test("a directory and a tree that are dropped are refused and kept, and hold up nobody")
    func trees() async throws {
        try await Spool.open { spool in
            let inner = spool.file("inner.ndjson")
            let next = spool.file("next.ndjson")
            let tree = "\(spool.path)/tree"
            for directory in [tree, "\(tree)/a", "\(tree)/a/b"] { try Disk.call("mkdir") { mkdir(directory, 0o755) } }
            try Disk.write(inner.bytes, to: "\(tree)/a/b/inner.ndjson")
            try Disk.rename(tree, to: "\(spool.drop(of: "acme"))/tree.ndjson")
            try Disk.call("mkdir") { mkdir("\(spool.drop(of: "acme"))/empty", 0o755) }
            try await spool.take(next)
            for name in ["tree.ndjson", "empty"] {
                let receipt = try await spool.awaitReceipt(of: name)
                #expect(receipt.code == "directory")
                #expect(Disk.exists("\(spool.archive(of: receipt))/\(name)"))
                guard name == "tree.ndjson" else { continue }
                #expect(try Disk.read("\(spool.archive(of: receipt))/\(name)/a/b/inner.ndjson") == inner.bytes)
            }
            try await eventually("nothing is left") { try spool.unfinished().isEmpty }
            try await spool.ordersAreOnce(next.orderNames)
        }
    }

    @Test("a partner's directory that is made while productd runs is watched, others are not")
    func newPartner() async throws {
        try await Spool.open(settings: ["SPOOL_SCAN_INTERVAL": "1h"]) { spool in
            let file = spool.file("first.ndjson")
            for name in ["newcomer", "No_Partner"] {
                try Disk.call("mkdir") { mkdir(spool.drop(of: name), 0o755) }
                try spool.drop(file, as: name)
            }
            #expect(try await spool.awaitReceipt(of: file.name, from: "newcomer").partner == "newcomer")
            #expect(try Disk.names(in: spool.drop(of: "No_Partner")) == [file.name])
            try await spool.ordersAreOnce(file.orderNames)
        }
    }

    @Test("a drop directory that is removed and made again is the partner's again", arguments: ["acme", "."])
    func madeAgain(partner: String) async throws {
        try await Spool.open { spool in
            let before = spool.file("before.ndjson")
            let after = spool.file("after.ndjson")
            try await spool.take(before)
            try FileManager.default.removeItem(atPath: "\(spool.path)/drop/\(partner == "." ? "" : partner)")
            if partner == "." {
                try await eventually("productd says that its directory is gone") { try await spool.trouble() != nil }
                try Disk.call("mkdir") { mkdir("\(spool.path)/drop", 0o755) }
            }
            try Disk.call("mkdir") { mkdir(spool.drop(of: "acme"), 0o755) }
            try await spool.take(after)
            try await eventually("the spool is up") { try await spool.trouble() == nil }
            try await spool.ordersAreOnce(before.orderNames + after.orderNames)
        }
    }

    @Test("a second productd in the same spool says so, and takes nothing")
    func twins() async throws {
        try await Spool.open { spool in
            let twin = try spool.shop.productd.twin()
            try twin.start()
            try await twin.awaitReadiness("degraded")
            #expect(twin.logText.contains("another productd works in \(spool.path)"))
            let files = (1...20).map { spool.file("\($0).ndjson") }
            for file in files { try spool.drop(file) }
            for file in files { try await spool.awaitReceipt(of: file.name) }
            spool.shop.productd.signal(SIGKILL)
            try await spool.shop.productd.exitStatus()
            try await twin.awaitReadiness()
            try await spool.take(spool.file("later.ndjson"))
            twin.signal(SIGKILL)
            try await spool.ordersAreOnce((files.map(\.name) + ["later.ndjson"]).map { "\($0)/1" })
        }
    }
}
