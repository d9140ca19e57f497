import Foundation
import TestSupport
import Testing

@Suite("A rejected file that is tried again takes what was refused, and nothing twice")
struct SpoolRetryTests {
    /// Orders for a product that is there and, between them, for one that isn't yet.
    private struct Mixed {
        let known: OrderFile
        let later: OrderFile
        var name: String { known.name }
        var bytes: [UInt8] { Array((1...known.orders).flatMap { (known.line($0) + later.line($0)).utf8 }) }
        var orderNames: [String] { known.orderNames + later.orderNames }
    }

    private static func mixed(_ name: String, _ spool: Spool, later product: String, orders: Int = 6) -> Mixed {
        Mixed(
            known: spool.file(name, orders: orders),
            later: OrderFile(name: name, tag: "later-\(name)", product: product, orders: orders))
    }

    @Test("once what was wrong is mended in the catalogue, a file taken in part is taken whole, over a restart too")
    func partly() async throws {
        try await Spool.open(settings: ["SPOOL_CHUNK_SIZE": "5"], customerd: true) { spool in
            let (tool, later) = (spool.shop.productctl, UUID().uuidString.lowercased())
            let file = Self.mixed("mixed.ndjson", spool, later: later)
            try spool.drop(file.name, file.bytes)
            let first = try await spool.awaitReceipt(of: file.name)
            #expect(first.orders == .init(accepted: 6, refused: 6, duplicates: 0))
            try await tool.expect("spool", "retry", first.id)
            try await eventually("it is refused again") {
                let again = try spool.receipts(of: file.name).last
                return again.map { $0.finishedAt > first.finishedAt && Disk.exists(spool.archive(of: $0)) } ?? false
            }
            let second = try #require(try spool.receipts(of: file.name).last)
            #expect(second.orders == .init(accepted: 0, refused: 6, duplicates: 6) && second.outcome == "partly")
            #expect(try spool.reason(for: second).errorCount == 6)
            _ = try await spool.shop.addProduct(later)
            try await tool.expect("spool", "retry", first.id)
            try await eventually("it is taken whole") { try spool.receipts(of: file.name).last?.code == nil }
            let third = try await spool.awaitReceipt(of: file.name)
            #expect(third.orders == .init(accepted: 6, refused: 0, duplicates: 6) && third.outcome == "accepted")
            // That it was to be tried again is forgotten once it is where it belongs.
            try await eventually("nothing else is left") {
                try Set(Disk.names(in: spool.archive(of: third))) == [file.name, "receipt.json"]
            }
            #expect(!Disk.exists(spool.archive(of: first)), "it is no more where it was")
            #expect(try await tool.ask("spool", "retry", first.id).code == "wrong-state")
            try await spool.ordersAreOnce(file.orderNames)
            #expect(try spool.unfinished().isEmpty)
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("of what was dropped again in the meantime nothing is taken a second time")
    func droppedAgain() async throws {
        try await Spool.open(customerd: true) { spool in
            let (tool, later) = (spool.shop.productctl, UUID().uuidString.lowercased())
            let file = OrderFile(name: "whole.ndjson", tag: "whole", product: later, orders: 4)
            let first = try await spool.take(file)
            #expect(first.outcome == "rejected")
            _ = try await spool.shop.addProduct(later)
            try spool.drop("same.ndjson", file.bytes)
            #expect(try await spool.awaitReceipt(of: "same.ndjson").orders.accepted == 4)
            try await tool.expect("spool", "retry", first.id)
            try await eventually("it is ended") { try spool.receipts(of: file.name).last?.outcome == "duplicate" }
            try await spool.ordersAreOnce(file.orderNames)
        }
    }

    @Test("what was changed in rejected/ is not tried, nor what is held or unknown")
    func refusals() async throws {
        try await Spool.open { spool in
            let tool = spool.shop.productctl
            let receipt = try await spool.take(spool.file("bad.ndjson", orders: 3, bad: true))
            try Disk.write(Array("other".utf8), to: "\(spool.archive(of: receipt))/bad.ndjson")
            let answer = try await tool.ask("spool", "retry", receipt.id)
            #expect(answer.status == 6 && answer.message.contains("bytes"))
            #expect(Disk.exists(spool.archive(of: receipt)))
            #expect(try await tool.ask("spool", "retry", UUID().uuidString).status == 5)
        }
    }

    @Test(
        "killed at any step of being tried again, what was refused is taken once",
        .enabled(if: Strace.isPossible, "this needs strace, and to be allowed to trace"),
        arguments: [
            ("spool-desk", "renameat2,renameat,rename"), ("spool-desk", "fsync,fdatasync"),
            ("spool-0", "renameat2,renameat,rename"), ("spool-0", "fsync,fdatasync"), ("spool-0", "unlinkat,unlink"),
            ("spool-0", "write,pwrite64"),
        ])
    func killed(on thread: String, at calls: String) async throws {
        let settings = ["SPOOL_CHUNK_SIZE": "5", "SPOOL_LANES": "1"]
        try await Spool.open(settings: settings, customerd: true) { spool in
            let (productd, tool) = (spool.shop.productd, spool.shop.productctl)
            var names: [String] = []
            var kills = 0
            for number in 1...200 {
                let later = UUID().uuidString.lowercased()
                let file = Self.mixed("\(number).ndjson", spool, later: later)
                names += file.orderNames
                try spool.drop(file.name, file.bytes)
                let first = try await spool.awaitReceipt(of: file.name)
                _ = try await spool.shop.addProduct(later)
                let strace = try await Strace(productd, thread: thread, inject: "\(calls):signal=KILL:when=\(number)")
                _ = try? await tool.run("spool", "retry", first.id)
                try await eventually("\(file.name) is ended, or productd") {
                    guard productd.isRunning else { return true }
                    return try spool.receipts(of: file.name).last?.code == nil && spool.unfinished().isEmpty
                }
                try await strace.detach()
                let survived = productd.isRunning
                if !survived {
                    kills += 1
                    try await productd.startAndAwaitReadiness()
                    try await eventually("nothing is being worked on") { try spool.unfinished().isEmpty }
                    // Killed before it began, it is rejected as it was.
                    if try spool.receipts(of: file.name).last?.code != nil {
                        try await tool.expect("spool", "retry", first.id)
                    }
                }
                try await eventually("\(file.name) is taken whole") {
                    try spool.receipts(of: file.name).last?.code == nil && spool.unfinished().isEmpty
                }
                if survived { break }
            }
            #expect(kills > 0)
            try await spool.ordersAreOnce(names)
            try await spool.shop.awaitAgreement()
        }
    }
}
