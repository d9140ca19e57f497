import Foundation
import TestSupport
import Testing

@Suite("What an import refuses it names at once, and it keeps nothing that is not whole")
struct OrderImportRefusalTests {
    @Test("refused orders: how many, which, why, and where to mend them; the good ones are taken")
    func refused() async throws {
        try await Spool.open(customerd: true) { spool in
            let file = spool.file("mixed.ndjson", orders: 4, bad: true)
            let private_ = #"{"customerId":"\#(OrderFile.customer)","email":"ada@ex","name":7,"items":[]}"# + "\n"
            let answer = try await spool.importing("mixed.ndjson", file.bytes + Array(private_.utf8))
            #expect(answer.status == 1 && answer.code == "failed")
            let home = try #require(answer.message.split(separator: " ").last.map(String.init))
            #expect(answer.message.hasPrefix("2 of 6 orders are refused, 4 are taken"), "\(answer.message)")
            let rejects = try Disk.read("\(home)/rejects.ndjson")
            #expect(rejects == Array((OrderFile.badLine + private_).utf8))
            let faults = answer.rows.filter { $0["row"] == "refused" }
            #expect(Set(faults.map { $0["record"] }) == ["3", "6"])
            #expect(faults.first?["field"] == "/items" && faults.first?["code"] == "invalid")
            #expect(!answer.rows.contains { $0["excerpt"].contains("ada") })
            // Mended as said, they are taken, too.
            let mended = try await spool.importing("mended.ndjson", Array(spool.file("mended", orders: 2).bytes))
            #expect(mended.status == 0)
            try await spool.ordersAreOnce(file.orderNames + spool.file("mended", orders: 2).orderNames)
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("the same file again is a duplicate and names the first, whether all of that was taken or not")
    func again() async throws {
        try await Spool.open(customerd: true) { spool in
            let good = spool.file("good.ndjson", orders: 3)
            let bad = spool.file("bad.ndjson", orders: 2, bad: true)
            for (file, status) in [(good, Int32(0)), (bad, 1)] {
                let first = try await spool.importing(file)
                let again = try await spool.importing("other-\(file.name)", file.bytes)
                #expect(first.status == status && again.status == status)
                let id = try #require(first.rows.first?["id"])
                #expect(again.message.contains("duplicate") && again.message.contains(id), "\(again.message)")
                #expect(again.rows.first?["outcome"] == "duplicate")
            }
            try await spool.ordersAreOnce(good.orderNames + bad.orderNames)
            try await spool.shop.awaitAgreement()
        }
    }

    @Test(
        "a file that is broken as a whole is refused at once: nobody can mend it where it is",
        arguments: [
            ("cut.ndjson", #"{"customerId""#, "truncated"), ("cut.json", "[{", "truncated"),
            ("count.ndjson", "{\"count\":2}\n", "count-mismatch"), ("what", "hello\n", "unknown-format"),
            ("damaged.ndjson.gz", "no gzip", "compression-damaged"), ("columns.csv", "a,b\n1,2\n", "malformed"),
        ])
    func broken(name: String, text: String, code: String) async throws {
        try await Spool.open(settings: ["SPOOL_PATIENCE": "1h"]) { spool in
            let answer = try await spool.importing(name, Array(text.utf8))
            #expect(answer.status == 1 && answer.message.hasPrefix("refused, \(code): "), "\(answer.message)")
            let home = try #require(answer.message.split(separator: " ").last.map(String.init))
            #expect(try Disk.read("\(home)/\(name)") == Array(text.utf8))
            #expect(try await spool.shop.products.number("SELECT count(*) FROM orders") == 0)
        }
    }

    @Test("what can't be imported is refused before anything is sent")
    func before() async throws {
        try await Spool.open(settings: ["SPOOL_MAXIMUM_FILE_BYTES": "1000"]) { spool in
            let tool = spool.shop.productctl
            let path = try spool.writeOutside("a.ndjson", spool.file("a", orders: 1).bytes)
            let large = try spool.writeOutside("large.ndjson", spool.file("large", orders: 100).bytes)
            let empty = try spool.writeOutside("empty.ndjson", [])
            let hidden = try spool.writeOutside(".hidden.ndjson", [1])
            for (words, code) in [
                ([large], "failed"), ([empty], "failed"), ([hidden], "usage"), ([path, "--name", "a/b"], "usage"),
                ([path, "--name", String(repeating: "x", count: 256)], "usage"),
                ([path, "--partner", "../.."], "not-found"), ([path, "--partner", "mark", "--name", "a.ok"], "usage"),
                ([path, "--reason", String(repeating: "x", count: 1_001)], "usage"), ([path, "--now"], "usage"),
                (["--no-wait"], "usage"),
            ] {
                let answer = try await tool.ask(words: ["orders", "import"] + words)
                #expect(answer.code == code, "\(words.joined(separator: " ").prefix(80)): \(answer.message)")
            }
            #expect(try await tool.run("orders", "import", "\(path).none").errors.contains("No such file"))
            #expect(try await tool.run("orders", "import", spool.path).errors.contains("is a directory"))
            #expect(try await tool.ask("orders", "import").code == "usage")
            #expect(try await spool.byHand().exchange("orders import a.ndjson").last?.contains("say --bytes") == true)
            try await spool.awaitQuiet()
            #expect(try await tool.ask("spool", "list").rows.isEmpty)
        }
    }

    @Test("by hand, a refusal can be read although the bytes are on their way already")
    func refusedWhileSending() async throws {
        try await Spool.open(settings: ["SPOOL_MAXIMUM_FILE_BYTES": "1000"]) { spool in
            let path = try spool.writeOutside("large.ndjson", spool.file("large", orders: 100_000).bytes)
            let outcome = try await spool.shop.productctl.shell(
                """
                { echo "orders import large.ndjson --bytes $(stat -c %s \(path))"; cat \(path); } |
                    socat -t 60 - UNIX-CONNECT:$ADMIN_SOCKET
                """)
            #expect(outcome.output.contains("divide the file"), "\(outcome.errors)")
        }
    }

    @Test("without a spool it says what to set")
    func noSpool() async throws {
        try await Spool.open { spool in
            let path = try spool.writeOutside("a.ndjson", spool.file("a", orders: 1).bytes)
            try await Shop.open(on: .shared(), running: [\.productd]) { shop in
                let answer = try await shop.productctl.ask("orders", "import", path)
                #expect(answer.code == "wrong-state" && answer.message.contains("SPOOL_DIRECTORY"))
            }
        }
    }

    @Test("a file that is written to while the tool reads it is not taken")
    func changing() async throws {
        try await Spool.open { spool in
            let file = spool.file("log.ndjson", orders: 50_000)
            let path = try spool.writeOutside(file.name, file.bytes)
            try await spool.shop.productctl.expect("pause", "ingest")
            async let outcome = spool.anotherTool().run("orders", "import", path)
            try await eventually("it waits") { try Disk.names(in: "\(spool.path)/work").count == 1 }
            try Disk.write(file.bytes + Array("\n".utf8), to: path)
            try await spool.shop.productctl.expect("resume", "ingest")
            let ended = try await outcome
            #expect(ended.status == 1 && ended.errors.contains("has changed while it was read"), "\(ended)")
            try await spool.awaitQuiet()
            #expect(try await spool.shop.products.number("SELECT count(*) FROM orders") == 0)
        }
    }
}
