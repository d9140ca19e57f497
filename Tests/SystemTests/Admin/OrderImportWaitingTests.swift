import Foundation
import TestSupport
import Testing

@Suite("An import says what it waits for, and whoever leaves it leaves all of it or nothing")
struct OrderImportWaitingTests {
    @Test("while ingest is paused it waits and says so; resumed, it goes on")
    func paused() async throws {
        try await Spool.open(customerd: true) { spool in
            let file = spool.file("paused.ndjson", orders: 5)
            try await spool.shop.productctl.expect("pause", "ingest")
            let ended = try await spool.importing(file, onceItSays: "ingest is paused") {
                try await spool.shop.productctl.expect("resume", "ingest")
            }
            #expect(ended.code == "ok", "\(ended.message)")
            #expect(ended.progress.first?["what"].contains("ingest is paused; resume ingest") == true)
            try await spool.awaitPromise([file], from: "import")
        }
    }

    @Test("paused in the middle of its orders it says so and goes on later")
    func pausedInTheMiddle() async throws {
        try await Spool.open(settings: ["SPOOL_CHUNK_SIZE": "5"], customerd: true) { spool in
            let file = spool.file("middle.ndjson", orders: 3_000)
            async let answer = spool.importing(file, onceItSays: "ingest is paused") {
                try await spool.shop.productctl.expect("resume", "ingest")
            }
            _ = try await spool.idOnceWritten(file.name)
            try await spool.shop.productctl.expect("pause", "ingest")
            let ended = try await answer
            #expect(ended.code == "ok", "\(ended.message)")
            let waiting = ended.progress.first { $0["what"].contains("ingest is paused") }
            #expect(waiting?["of"] == "3000" && Int(waiting?["done"] ?? "") ?? 0 > 0)
            try await spool.awaitPromise([file], from: "import")
        }
    }

    @Test("however many imports wait, there is a connection left to resume them")
    func crowd() async throws {
        try await Spool.open(customerd: true) { spool in
            let files = (1...20).map { spool.file("crowd-\($0).ndjson", orders: 2) }
            try await spool.shop.productctl.expect("pause", "ingest")
            try await withThrowingTaskGroup(of: Answer.self) { group in
                for file in files { group.addTask { try await spool.importing(file) } }
                for _ in 0..<(files.count - 8) {
                    let refused = try #require(try await group.next())
                    #expect(refused.code == "wrong-state" && refused.message.contains("already"), "\(refused.message)")
                }
                try await spool.shop.productctl.expect("resume", "ingest")
                for try await answer in group { #expect(answer.status == 0, "\(answer.message)") }
            }
            for file in files where try spool.receipts(of: file.name, from: "import").isEmpty {
                #expect(try await spool.importing(file).status == 0)
            }
            try await spool.awaitPromise(files, from: "import")
        }
    }

    @Test("without its database the file is claimed and waits, and the import says for what")
    func withoutDatabase() async throws {
        try await TestServers.withPrivate { servers in
            try await Spool.open(on: servers, customerd: true) { spool in
                try await servers.tell(.postgres, to: "stop")
                let file = spool.file("later.ndjson", orders: 5)
                let ended = try await spool.importing(file, onceItSays: "waiting: ") {
                    try await eventually("productd says so, too") { try await spool.trouble() != nil }
                    try await servers.tell(.postgres, to: "start")
                }
                #expect(ended.code == "ok", "\(ended.message)")
                try await spool.awaitPromise([file], from: "import")
            }
        }
    }

    @Test("the tool says nothing about a daemon that stops, but that the import goes on, and it does")
    func stopped() async throws {
        try await Spool.open(settings: ["SPOOL_CHUNK_SIZE": "5"], customerd: true) { spool in
            let productd = spool.shop.productd
            let file = spool.file("stopped.ndjson", orders: 3_000)
            async let answer = spool.importing(file)
            _ = try await spool.idOnceWritten(file.name)
            let began = ContinuousClock.now
            #expect(try await productd.stop() == 0)
            #expect(ContinuousClock.now - began < .seconds(15))
            let ended = try await answer
            #expect(ended.code == "wrong-state")
            #expect(ended.message.contains("goes on by itself: spool show"), "\(ended.message)")
            try await productd.startAndAwaitReadiness()
            try await spool.awaitPromise([file], from: "import")
        }
    }

    // MARK: Clients that go away

    @Test("a client that goes away before its last byte leaves nothing; behind it, all of the file")
    func leaving() async throws {
        try await Spool.open(customerd: true) { spool in
            var taken: [OrderFile] = []
            for missing in [0, 1, 100, 65_536, 200_000, .max] {
                let file = spool.file("leaving-\(missing).ndjson", orders: 3_000)
                let count = max(0, file.bytes.count - missing)
                try await spool.byHand().leave(having: Spool.request(file, sent: count))
                if missing == 0 { taken.append(file) }
            }
            try await spool.awaitPromise(taken, from: "import")
            #expect(try await spool.shop.productctl.ask("spool", "list").rows.count == 1)
        }
    }

    @Test("who ends sending too early is told, and who sends too much gets what was said taken")
    func wrongLength() async throws {
        try await Spool.open(customerd: true) { spool in
            let short = spool.file("short.ndjson", orders: 3)
            let early = try await spool.byHand().exchange(
                "orders import short.ndjson --bytes \(short.bytes.count + 100)\n"
                    + String(decoding: short.bytes, as: UTF8.self))
            #expect(early.last?.contains(#""code":"failed""#) == true)
            try await spool.awaitQuiet()
            let long = spool.file("long.ndjson", orders: 3)
            let more = try await spool.byHand().reply(
                to: Spool.request(long) + Array("shutdown --reason smuggled\n".utf8))
            let ends = more.split(separator: "\n").filter { $0.contains(#""t":"end""#) }
            #expect(ends.count == 1 && ends.first?.contains(#""ok":true"#) == true, "\(more)")
            #expect(spool.shop.productd.isRunning)
            try await spool.awaitPromise([long], from: "import")
        }
    }

    @Test("the tool killed at any of its first sends leaves all of the file or nothing of it")
    func toolKilled() async throws {
        try await Spool.open(customerd: true) { spool in
            var files: [OrderFile] = []
            var kills = 0
            for number in 1...40 {
                let file = spool.file("killed-\(number).ndjson", orders: 4_000)
                let path = try spool.writeOutside(file.name, file.bytes)
                let outcome = try await spool.shop.productctl.shell(
                    "exec strace -f -qq -o /dev/null -e inject=sendto:signal=KILL:when=\(number) "
                        + "$TOOL orders import \(path)")
                try await spool.awaitQuiet()
                // Killed behind the last byte, it has brought all of it.
                if try await spool.shop.productctl.ask("spool", "list").all("name").contains(file.name) {
                    files.append(file)
                }
                if outcome.status == 0 { break }
                kills += 1
            }
            // The request, and the file in pieces.
            #expect(kills > 5)
            try await spool.awaitPromise(files, from: "import")
        }
    }
}
