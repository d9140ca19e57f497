import Foundation
import Postgres
import TestSupport
import Testing

@Suite("A held file is left alone until it is released, and then loses nothing")
struct SpoolHoldTests {
    @Test("a file that waits is held over a restart, while others pass it")
    func waiting() async throws {
        try await Spool.open(customerd: true) { spool in
            let tool = spool.shop.productctl
            try await tool.expect("pause", "ingest")
            let files = [spool.file("held.ndjson", orders: 3), spool.file("other.ndjson", orders: 2)]
            for file in files { try spool.drop(file) }
            #expect(try await tool.ask("spool", "hold", "acme/held.ndjson").status == 2, "a reason is wanted")
            let held = try await tool.ask("spool", "hold", "acme/held.ndjson", "--reason", "ask the merchant")
            #expect(held.status == 0)
            let id = try #require(held.all("id").first)
            try await tool.expect("resume", "ingest")
            try await spool.awaitReceipt(of: "other.ndjson")
            spool.shop.productd.signal(SIGKILL)
            try await spool.shop.productd.exitStatus()
            try await spool.shop.productd.startAndAwaitReadiness()
            try await spool.take(spool.file("later.ndjson"))
            let row = try #require(try await tool.ask("spool", "list", "--state", "held").rows.first)
            #expect(row["id"] == id && row["reason"] == "ask the merchant" && row["name"] == "held.ndjson")
            let shown = try #require(try await tool.ask("spool", "show", id).rows.first)
            #expect(shown["heldByUid"] == "\(geteuid())" && shown["heldAt"].hasSuffix("Z"))
            #expect(try await tool.ask("spool", "hold", id, "--reason", "again").code == "wrong-state")
            #expect(try await tool.ask("spool", "retry", id).code == "wrong-state")
            try await tool.expect("spool", "release", id)
            #expect(try await tool.ask("spool", "release", id).code == "wrong-state")
            try await spool.awaitPromise(files + [spool.file("later.ndjson")])
            #expect(try spool.receipts(of: "held.ndjson").map(\.id) == [id])
        }
    }

    @Test("a file is held in the middle of its orders, and goes on behind the last one")
    func claimed() async throws {
        try await Spool.open(settings: ["SPOOL_CHUNK_SIZE": "5"], customerd: true) { spool in
            let tool = spool.shop.productctl
            let file = spool.file("long.ndjson", orders: 4_000)
            try spool.drop(file)
            let id = try await spool.idOnceWritten("long.ndjson")
            try await tool.expect("spool", "hold", id, "--reason", "look at it")
            let before = try await spool.shop.products.number("SELECT count(*) FROM orders")
            #expect(before < 4_000)
            spool.shop.productd.signal(SIGKILL)
            try await spool.shop.productd.exitStatus()
            try await spool.shop.productd.startAndAwaitReadiness()
            try await spool.take(spool.file("other.ndjson"))
            let row = try #require(try await tool.ask("spool", "list", "--state", "held").rows.first)
            #expect(row["accepted"] == "\(before)")
            try await tool.expect("spool", "release", id)
            try await spool.awaitPromise([file, spool.file("other.ndjson")])
        }
    }

    @Test("what may still be written is not held, and with its marker a file is")
    func notWhole() async throws {
        try await Spool.open { spool in
            let tool = spool.shop.productctl
            try spool.drop("open.ndjson", spool.file("open.ndjson").bytes, as: "mark")
            let early = try await tool.ask("spool", "hold", "mark/open.ndjson", "--reason", "test")
            #expect(early.code == "wrong-state" && early.message.contains("whole"))
            try await tool.expect("pause", "ingest")
            try spool.drop("open.ndjson.ok", [], as: "mark")
            try await tool.expect("spool", "hold", "mark/open.ndjson", "--reason", "test")
            #expect(try Disk.names(in: spool.drop(of: "mark")).isEmpty)
            #expect(try await tool.ask("spool", "hold", "mark/open.ndjson", "--reason", "test").code == "not-found")
            #expect(try await tool.ask("spool", "hold", UUID().uuidString, "--reason", "test").code == "not-found")
        }
    }

    @Test("a truncated file that is put off is held, and a done one is not")
    func deferred() async throws {
        try await Spool.open(settings: ["SPOOL_PATIENCE": "60s"]) { spool in
            let tool = spool.shop.productctl
            try spool.drop("cut.ndjson", Array(spool.file("cut.ndjson").bytes.dropLast(3)))
            try await eventually("it is put off") {
                try await tool.ask("spool", "list", "--state", "deferred").rows.count == 1
            }
            let id = try #require(try await tool.ask("spool", "list", "--state", "deferred").all("id").first)
            try await tool.expect("spool", "retry", id)
            try await tool.expect("spool", "hold", id, "--reason", "call them")
            #expect(try await tool.ask("spool", "list", "--state", "held").all("id") == [id])
            let done = try await spool.take(spool.file("good.ndjson"))
            #expect(try await tool.ask("spool", "hold", done.id, "--reason", "test").code == "wrong-state")
        }
    }

    /// What a file is doing when somebody holds it.
    enum Moment: String, CaseIterable {
        case waiting, written
    }

    @Test(
        "killed at any step of holding or releasing it, a file is held or it is not, and is taken once",
        .enabled(if: Strace.isPossible, "this needs strace, and to be allowed to trace"),
        arguments: ["renameat2,renameat", "fsync", "mkdirat,unlinkat", "openat"], Moment.allCases)
    func killed(at calls: String, moment: Moment) async throws {
        let settings = ["SPOOL_CHUNK_SIZE": "5", "SPOOL_LANES": "1"]
        try await Spool.open(settings: settings, customerd: true) { spool in
            var files: [OrderFile] = []
            for step in ["hold", "release"] {
                for number in 1...200 {
                    let file = spool.file("\(step)-\(number).ndjson", orders: moment == .written ? 600 : 3)
                    files.append(file)
                    if try await survives(step, of: file, in: spool, moment, "\(calls):signal=KILL:when=\(number)") {
                        break
                    }
                }
            }
            #expect(files.count > 2, "it was killed at least once")
            try await spool.awaitPromise(files)
        }
    }

    /// Holds a file and releases it, one of both under strace.
    ///
    /// - Returns: Whether productd survived.
    private func survives(
        _ step: String, of file: OrderFile, in spool: Spool, _ moment: Moment, _ injection: String
    ) async throws -> Bool {
        let (productd, tool) = (spool.shop.productd, spool.shop.productctl)
        if moment == .waiting { try await tool.expect("pause", "ingest") }
        try spool.drop(file)
        let id = moment == .waiting ? "acme/\(file.name)" : try await spool.idOnceWritten(file.name)
        var words = ["hold", id, "--reason", "test"]
        if step == "release" {
            let held = try await tool.ask("spool", "hold", id, "--reason", "test")
            words = ["release", held.all("id").first ?? ""]
        }
        let strace = try await Strace(productd, thread: "spool-desk", inject: injection)
        let answer = try await tool.answer(to: ["spool"] + words)
        // Who answers was not killed, and nothing is done behind the answer.
        if answer == nil { try await productd.exitStatus() }
        try await strace.detach()
        let survived = answer != nil
        if !survived {
            try productd.start()
            try await productd.awaitReadiness(moment == .waiting ? "degraded" : "ready")
        }
        for held in try await tool.ask("spool", "list", "--state", "held").all("id") {
            try await tool.expect("spool", "release", held)
        }
        if moment == .waiting { try await tool.expect("resume", "ingest") }
        try await spool.awaitEnd(of: file)
        return survived
    }
}

extension CommandLineTool {
    /// Asks, and throws unless it was done.
    func expect(_ words: String...) throws {
        let outcome = try run(words: words)
        guard outcome.status == 0 else { throw TestFailure("\(words): \(outcome.errors)") }
    }
}

extension Spool {
    /// The id of a file that is claimed or ended.
    func id(of name: String) async throws -> String {
        let rows = try await shop.productctl.ask("spool", "list", "--limit", "1000").rows
        guard let row = rows.first(where: { $0["name"] == name }) else { throw TestFailure("no file \(name)") }
        return row["id"]
    }

    /// Waits until some of a file's orders are committed, and not all of them.
    ///
    /// - Returns: The file's id.
    func idOnceWritten(_ name: String) async throws -> String {
        try await eventually("\(name) is being written") {
            try await shop.products.number("SELECT count(*) FROM ingest_files WHERE name = '\(name)' AND records > 0")
                > 0
        }
        return try await shop.products.use { connection in
            try connection.query("SELECT id::text FROM ingest_files WHERE name = $1::text", name).only().decode(
                String.self)
        }
    }
}
