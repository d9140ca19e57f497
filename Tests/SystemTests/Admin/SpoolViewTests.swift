import Foundation
import TestSupport
import Testing

@Suite("An operator sees where each file of the spool is, and what keeps it there")
struct SpoolViewTests {
    @Test("spool list shows files in each state, newest first, with their counts and reasons")
    func list() async throws {
        try await Spool.open(settings: ["SPOOL_PATIENCE": "60s"]) { spool in
            let tool = spool.shop.productctl
            let good = try await spool.take(spool.file("good.ndjson", orders: 3))
            let bad = try await spool.take(spool.file("bad.ndjson", orders: 2, bad: true))
            try spool.drop("good-again.ndjson", spool.file("good.ndjson", orders: 3).bytes)
            let again = try await spool.awaitReceipt(of: "good-again.ndjson")
            try spool.drop("cut.ndjson", Array(spool.file("cut.ndjson").bytes.dropLast(20)))
            try spool.drop("unmarked.ndjson", spool.file("unmarked.ndjson").bytes, as: "mark")
            try spool.drop(".unfinished.ndjson", [1, 2, 3])
            try await eventually("the cut file is deferred") {
                try await tool.ask("spool", "list", "--state", "deferred").rows.count == 1
            }
            let answer = try await tool.ask("spool", "list")
            #expect(answer.status == 0 && answer.message.isEmpty)
            #expect(
                Set(answer.all("name")) == [
                    "good.ndjson", "bad.ndjson", "good-again.ndjson", "cut.ndjson", "unmarked.ndjson",
                ])
            let times = answer.all("receivedAt")
            #expect(times == times.sorted(by: >))
            let rows = Dictionary(uniqueKeysWithValues: answer.rows.map { ($0["name"], $0) })
            let first = try #require(rows["good.ndjson"])
            #expect(first["id"] == good.id && first["partner"] == "acme" && first["state"] == "done")
            #expect(first["records"] == "3" && first["accepted"] == "3" && first["sizeBytes"] == "\(good.size)")
            #expect(first["endedAt"] == good.finishedAt && first["reason"] == "null")
            let second = try #require(rows["bad.ndjson"])
            #expect(second["state"] == "rejected" && second["outcome"] == "partly" && second["id"] == bad.id)
            #expect(second["accepted"] == "2" && second["refused"] == "1" && second["reason"] == "orders-refused")
            #expect(rows["good-again.ndjson"]?["reason"] == "the same bytes as \(good.id)")
            #expect(rows["good-again.ndjson"]?["id"] == again.id)
            let cut = try #require(rows["cut.ndjson"])
            #expect(cut["state"] == "deferred" && cut["reason"].hasPrefix("truncated; tried "))
            let unmarked = try #require(rows["unmarked.ndjson"])
            #expect(unmarked["id"] == "mark/unmarked.ndjson" && unmarked["state"] == "waiting")
            #expect(unmarked["reason"] == "its marker has not come" && unmarked["records"] == "null")

            #expect(try await tool.ask("spool", "list", "--partner", "mark").all("name") == ["unmarked.ndjson"])
            #expect(try await tool.ask("spool", "list", "--state", "rejected").all("name") == ["bad.ndjson"])
            #expect(try await tool.ask("spool", "list", "--state", "lost").status == 2)
            #expect(try await tool.ask("spool", "list", "--limit", "0").status == 2)
            let byHand = try await ByHand(path: tool.socket).exchange(#"{"command":"spool list","limit":1}"#)
            #expect(byHand.count == 2 && byHand[0].hasPrefix(#"{"t":"row","id":"#))
        }
    }

    @Test("page by page every file comes once, whatever happens in between")
    func pages() async throws {
        try await Spool.open { spool in
            let tool = spool.shop.productctl
            let names = (1...25).map { "\($0).ndjson" }
            for name in names { try spool.drop(spool.file(name, bad: name.hasPrefix("2"))) }
            for name in names { try await spool.awaitReceipt(of: name) }
            var seen: [String] = []
            var page = try await tool.ask("spool", "list", "--limit", "7")
            while let last = page.rows.last {
                seen += page.all("name")
                #expect(page.rows.count < 7 || page.message.contains("--before"))
                try await spool.take(spool.file("later-\(seen.count).ndjson"))
                page = try await tool.ask("spool", "list", "--limit", "7", "--before", last["id"])
            }
            #expect(seen.count == 25 && Set(seen) == Set(names))
        }
    }

    @Test("spool show gives everything of a file: where it lies, its receipt, its refused records")
    func show() async throws {
        try await Spool.open { spool in
            let tool = spool.shop.productctl
            let receipt = try await spool.take(spool.file("bad.ndjson", orders: 3, bad: true))
            let answer = try await tool.ask("spool", "show", receipt.id)
            #expect(answer.status == 0 && answer.all("row") == ["file", "refused"])
            let file = try #require(answer.rows.first)
            #expect(file["path"] == spool.archive(of: receipt) && file["sha256"] == receipt.sha256)
            #expect(file["receipt"].contains(receipt.id) && file["hint"].contains("mend"))
            let refused = try #require(answer.rows.last)
            #expect(refused["record"] == "3" && refused["code"] == "invalid" && refused["field"] == "/items")
            #expect(try await tool.ask("spool", "show", receipt.id, "--limit", "0").rows.count == 1)

            try spool.drop("unmarked.ndjson", [UInt8](repeating: 32, count: 10), as: "mark")
            let waiting = try await tool.ask("spool", "show", "mark/unmarked.ndjson")
            #expect(waiting.rows.first?["path"] == "\(spool.drop(of: "mark"))/unmarked.ndjson")
            #expect(waiting.rows.first?["sizeBytes"] == "10")
            #expect(try await tool.ask("spool", "show", "mark/none").status == 5)
            #expect(try await tool.ask("spool", "show", UUID().uuidString).status == 5)
            #expect(try await tool.ask("spool", "show", "nonsense").status == 2)
        }
    }

    @Test("spool backlog tells by partner what waits, and what keeps it from being claimed")
    func backlog() async throws {
        try await Spool.open { spool in
            let tool = spool.shop.productctl
            #expect(try await tool.ask("spool", "backlog").message == "files are claimed")
            #expect(try await tool.run("pause", "ingest", "--reason", "stocktaking").status == 0)
            try spool.drop(spool.file("one.ndjson"))
            try spool.drop(spool.file("two.ndjson"))
            let answer = try await tool.ask("spool", "backlog")
            #expect(answer.message == "nothing is claimed: ingest is paused; resume ingest")
            let acme = try #require(answer.rows.first { $0["partner"] == "acme" })
            #expect(acme["waiting"] == "2" && acme["oldest"] == "one.ndjson")
            let size = spool.file("one.ndjson").bytes.count + spool.file("two.ndjson").bytes.count
            #expect(acme["waitingBytes"] == "\(size)" && acme["stoppedBy"].contains("paused"))
            #expect(answer.rows.contains { $0["partner"] == "strict" && $0["waiting"] == "0" })
            #expect(try await tool.run("resume", "ingest").status == 0)
            try await spool.awaitReceipt(of: "two.ndjson")
        }
    }

    @Test("spool rescan returns when every drop directory was looked through")
    func rescan() async throws {
        try await Spool.open(settings: ["SPOOL_SCAN_INTERVAL": "1h"]) { spool in
            let tool = spool.shop.productctl
            for number in 1...20 { try spool.drop("\(number).ndjson", [32], as: "mark") }
            let row = try #require(try await tool.ask("spool", "rescan").rows.first)
            #expect(row["waiting"] == "20" && row["partners"] == "3")
            #expect(try await spool.metric("spool_waiting_files") == 20)
        }
    }

    @Test("without a database the directories still tell where files are, and it is said what is not known")
    func withoutDatabase() async throws {
        try await Spool.open { spool in
            let tool = spool.shop.productctl
            let receipt = try await spool.take(spool.file("good.ndjson"))
            try await spool.shop.productd.stop()
            try await spool.shop.products.drop()
            let claimed = "01a20988-01f1-71d4-b5d4-895b9dcb8593"
            try FileManager.default.createDirectory(
                atPath: "\(spool.path)/work/\(claimed).acme", withIntermediateDirectories: false)
            try Disk.write([32], to: "\(spool.path)/work/\(claimed).acme/claimed.ndjson")
            try spool.drop(spool.file("waiting.ndjson"))
            try spool.shop.productd.start()
            try await spool.shop.productd.awaitReadiness("down")
            try await eventually("the spool is open") { try await tool.run("spool", "backlog").status == 0 }
            let list = try await tool.ask("spool", "list")
            #expect(list.status == 0)
            let states = Dictionary(uniqueKeysWithValues: list.rows.map { ($0["name"], $0["state"]) })
            #expect(states == ["good.ndjson": "done", "claimed.ndjson": "claimed", "waiting.ndjson": "waiting"])
            #expect(list.rows.first { $0["id"] == claimed }?["accepted"] == "null")
            #expect(list.message.contains("not known"))
            #expect(try await tool.ask("spool", "show", receipt.id).status == 0)
            #expect(try await tool.ask("spool", "show", claimed).message.contains("not known"))
            #expect(try await tool.ask("spool", "rescan").code == "wrong-state")
        }
    }

    @Test("where no spool is configured, that is said")
    func notConfigured() async throws {
        try await Shop.open(on: .shared(), running: [\.productd]) { shop in
            let answer = try await shop.productctl.ask("spool", "list")
            #expect(answer.code == "wrong-state" && answer.message.contains("SPOOL_DIRECTORY"))
        }
    }
}
