import Foundation
import TestSupport
import Testing

@Suite("A file is discarded only by one who knows what is lost, and the audit keeps it")
struct SpoolDiscardTests {
    @Test("a rejected file: shown, confirmed with its token, gone, and kept in the audit")
    func rejected() async throws {
        try await Spool.open(customerd: true) { spool in
            let tool = spool.shop.productctl
            let file = spool.file("bad.ndjson", orders: 3, bad: true)
            let receipt = try await spool.take(file)
            #expect(try await tool.ask("spool", "discard", receipt.id).status == 2, "a reason is wanted")
            let shown = try await tool.ask("spool", "discard", receipt.id, "--reason", "sent again by mail")
            #expect(shown.status == 6 && Disk.exists(spool.archive(of: receipt)))
            let loss = try #require(shown.rows.first)
            #expect(loss["refused"] == "1" && loss["accepted"] == "3" && loss["name"] == "bad.ndjson")
            let token = try #require(shown.message.split(separator: " ").last.map(String.init))
            let wrong = try await tool.ask("spool", "discard", receipt.id, "--reason", "test", "--token", "abc")
            #expect(wrong.status == 6 && Disk.exists(spool.archive(of: receipt)))
            let done = try await tool.ask(
                "spool", "discard", receipt.id, "--reason", "sent again by mail", "--token", token)
            #expect(done.status == 0)
            #expect(!Disk.exists(spool.archive(of: receipt)))
            #expect(try spool.unfinished().isEmpty)
            #expect(try await tool.ask("spool", "discard", receipt.id, "--reason", "test", "--yes").status == 5)
            let audit = try await tool.run("--json", "audit", "--limit", "5").output
            #expect(audit.contains("sent again by mail") && audit.contains(receipt.sha256 ?? "-"))
            try await spool.ordersAreOnce(file.orderNames)
            // Its orders have their effect, so its bytes are a duplicate still.
            try spool.drop("again.ndjson", file.bytes)
            #expect(try await spool.awaitReceipt(of: "again.ndjson").outcome == "duplicate")
        }
    }

    @Test("a held file in the middle of its orders: what was taken stays, the rest never comes")
    func held() async throws {
        try await Spool.open(settings: ["SPOOL_CHUNK_SIZE": "5"], customerd: true) { spool in
            let tool = spool.shop.productctl
            try spool.drop(spool.file("long.ndjson", orders: 4_000))
            let id = try await spool.idOnceWritten("long.ndjson")
            let early = try await tool.ask("spool", "discard", id, "--reason", "test", "--yes")
            #expect(early.status == 6, "it is being worked on")
            try await tool.expect("spool", "hold", id, "--reason", "the merchant called")
            let taken = try await spool.shop.products.number("SELECT count(*) FROM orders")
            try await tool.expect("spool", "discard", id, "--reason", "the merchant called", "--yes")
            #expect(try spool.unfinished().isEmpty)
            try await spool.take(spool.file("next.ndjson"))
            let after = try await spool.shop.products.number("SELECT count(*) FROM orders")
            #expect(after == taken + 1)
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("what is waiting or done is not discarded")
    func refusals() async throws {
        try await Spool.open { spool in
            let tool = spool.shop.productctl
            let done = try await spool.take(spool.file("good.ndjson"))
            #expect(try await tool.ask("spool", "discard", done.id, "--reason", "test", "--yes").status == 6)
            try spool.drop("open.ndjson", spool.file("open.ndjson").bytes, as: "mark")
            let waiting = try await tool.ask("spool", "discard", "mark/open.ndjson", "--reason", "test", "--yes")
            #expect(waiting.status == 6)
            #expect(Disk.exists("\(spool.drop(of: "mark"))/open.ndjson"))
        }
    }

    @Test(
        "killed at any step of it, a file is whole or gone",
        .enabled(if: Strace.isPossible, "this needs strace, and to be allowed to trace"),
        arguments: ["renameat2,renameat,rename", "fsync,fdatasync", "unlinkat,unlink"])
    func killed(at calls: String) async throws {
        try await Spool.open(settings: ["SPOOL_LANES": "1"], customerd: true) { spool in
            let (productd, tool) = (spool.shop.productd, spool.shop.productctl)
            var (names, kills) = ([String](), 0)
            for number in 1...200 {
                let file = spool.file("\(number).ndjson", orders: 3, bad: true)
                names += file.orderNames
                let receipt = try await spool.take(file)
                let strace = try await Strace(
                    productd, thread: "spool-desk", inject: "\(calls):signal=KILL:when=\(number)")
                let answer = try await tool.answer(
                    to: ["spool", "discard", receipt.id, "--reason", "test", "--yes"])
                if answer == nil { try await productd.exitStatus() }
                try await strace.detach()
                if answer != nil { break }
                kills += 1
                try await productd.startAndAwaitReadiness()
                try await eventually("nothing is left in the middle") { try spool.unfinished().isEmpty }
                if Disk.exists(spool.archive(of: receipt)) {
                    #expect(try Disk.read("\(spool.archive(of: receipt))/\(file.name)") == file.bytes)
                    try await tool.expect("spool", "discard", receipt.id, "--reason", "test", "--yes")
                }
                #expect(!Disk.exists(spool.archive(of: receipt)))
            }
            #expect(kills > 0)
            try await spool.ordersAreOnce(names)
        }
    }
}
