import Foundation
import TestSupport
import Testing

@Suite(
    "Killed at any step of an import, productd has all of the file or nothing; imported again, each order is there once",
    .enabled(if: Strace.isPossible, "this needs strace, and to be allowed to trace"))
struct OrderImportKilledTests {
    /// Small enough that a file of five orders takes several transactions.
    private static let settings = ["SPOOL_LANES": "1", "SPOOL_CHUNK_SIZE": "2", "SPOOL_PATIENCE": "30s"]

    /// The calls of the thread that receives, and of the one that works on what is claimed; and how often an import needs
    /// each of them at least. With fewer, the work would be on some other thread, and nothing tested.
    private static let calls = [
        ("spool-import", "openat", 2), ("spool-import", "write,pwrite64", 1), ("spool-import", "fsync,fdatasync", 3),
        ("spool-import", "mkdirat,mkdir", 1), ("spool-import", "renameat2", 1), ("spool-import", "unlinkat,unlink", 1),
        ("spool-0", "openat", 10), ("spool-0", "fsync,fdatasync", 8), ("spool-0", "renameat2", 1),
        ("spool-0", "renameat,rename", 3),
    ]

    @Test("at each call", arguments: calls)
    func killed(at calls: (thread: String, name: String, least: Int)) async throws {
        try await Spool.open(settings: Self.settings, customerd: true) { spool in
            let productd = spool.shop.productd
            var files: [OrderFile] = []
            for number in 1...100 {
                let file = spool.file("\(number).ndjson", orders: 5)
                files.append(file)
                let strace = try await Strace(
                    productd, thread: calls.thread, inject: "\(calls.name):signal=KILL:when=\(number)")
                if try await spool.importing(file).code != "ok" { try await productd.exitStatus() }
                try await strace.detach()
                if productd.isRunning { break }
                try await productd.startAndAwaitReadiness()
                try await spool.awaitQuiet()
                try await importAgain(file, in: spool)
            }
            #expect(files.count > calls.least)
            try await spool.ordersAreOnce(files.flatMap(\.orderNames))
            try await spool.awaitQuiet()
            try await spool.shop.awaitAgreement()
        }
    }

    /// What an operator does who got no answer: he sends the file again.
    private func importAgain(_ file: OrderFile, in spool: Spool) async throws {
        let came = try spool.receipts(of: file.name, from: "import")
        let found = Set(try await spool.orderNames()).intersection(file.orderNames)
        #expect(came.count <= 1)
        #expect(found.count == (came.isEmpty ? 0 : file.orders), "all of it or nothing")
        let again = try await spool.importing(file)
        #expect(again.code == "ok", "\(again.message)")
        #expect(again.rows.first?["outcome"] == (came.isEmpty ? "accepted" : "duplicate"))
        #expect(came.first.map { again.message.contains($0.id) } ?? true)
    }

    @Test(
        "a call that fails fails the import; nothing is left in the middle, and sent again it is taken",
        arguments: [
            "openat:error=EMFILE", "write,pwrite64:error=EIO", "write,pwrite64:error=ENOSPC",
            "fsync,fdatasync:error=EIO",
            "mkdirat,mkdir:error=ENOSPC", "renameat2:error=EIO",
        ])
    func failing(failure: String) async throws {
        try await Spool.open(settings: Self.settings, customerd: true) { spool in
            var files: [OrderFile] = []
            for number in 1...20 {
                let file = spool.file("\(number).ndjson", orders: 5)
                files.append(file)
                let strace = try await Strace(
                    spool.shop.productd, thread: "spool-import", inject: "\(failure):when=\(number)")
                let answer = try await spool.importing(file)
                try await strace.detach()
                // The same thread also writes to an eventfd to wake a lane, which may fail: lanes look by themselves.
                let failed = strace.injected.filter { !$0.contains("eventfd") }
                #expect((answer.code == "failed") == !failed.isEmpty, "\(answer.message)")
                try await spool.awaitQuiet()
                let again = try await spool.importing(file)
                #expect(again.code == "ok", "\(again.message)")
                if failed.isEmpty { break }
            }
            #expect(files.count > 1)
            try await spool.ordersAreOnce(files.flatMap(\.orderNames))
            try await spool.shop.awaitAgreement()
        }
    }
}
