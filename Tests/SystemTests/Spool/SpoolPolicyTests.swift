import Foundation
import TestSupport
import Testing

@Suite("What becomes of a file's good orders when it has bad ones is the partner's choice")
struct SpoolPolicyTests {
    @Test("per-order: good ones are taken, and the rejects can be mended and dropped again")
    func perOrder() async throws {
        try await Spool.open(customerd: true) { spool in
            let file = spool.file("mixed.ndjson", orders: 10, bad: true)
            let receipt = try await spool.take(file)
            #expect(receipt.outcome == "partly")
            #expect(receipt.orders == .init(accepted: 10, refused: 1, duplicates: 0))
            let archive = spool.archive(of: receipt)
            let reason = try spool.reason(for: receipt)
            #expect(reason.errorCount == 1 && reason.errors.map(\.line) == [6] && reason.errors.map(\.record) == [6])
            let item = #"[{"productId":"\#(spool.product)","quantity":1}],"name":"mended/1""#
            let mended = String(decoding: try Disk.read("\(archive)/rejects.ndjson"), as: UTF8.self)
                .replacing("[]", with: item)
            try spool.drop("mended.ndjson", Array(mended.utf8))
            let second = try await spool.awaitReceipt(of: "mended.ndjson")
            #expect(second.orders == .init(accepted: 1, refused: 0, duplicates: 0))
            try await spool.ordersAreOnce(file.orderNames + ["mended/1"])
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("all-or-nothing: one bad order and none is taken; the mended file is taken whole")
    func allOrNothing() async throws {
        try await Spool.open(settings: ["SPOOL_CHUNK_SIZE": "3"], customerd: true) { spool in
            let file = spool.file("mixed.ndjson", orders: 10, bad: true)
            let receipt = try await spool.take(file, as: "strict")
            #expect(receipt.outcome == "rejected")
            #expect(receipt.orders == .init(accepted: 0, refused: 11, duplicates: 0))
            let reason = try spool.reason(for: receipt)
            #expect(reason.errorCount == 11)
            #expect(reason.errors.filter { $0.code == "withheld" }.count == 10)
            try await spool.ordersAreOnce([])
            let mended = spool.file("mixed.ndjson", orders: 10)
            try spool.drop(mended, as: "strict")
            let second = try await spool.awaitReceipt(of: file.name, from: "strict", count: 2)
            #expect(second.orders == .init(accepted: 10, refused: 0, duplicates: 0))
            try await spool.ordersAreOnce(mended.orderNames)
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("an external id that comes again with the same order is a duplicate, with another order a fault")
    func externalIDs() async throws {
        try await Spool.open { spool in
            let file = spool.file("first.ndjson", orders: 4)
            try await spool.take(file)
            // Its second and fourth order have external ids; here the second is another order.
            let line = file.line(2).replacing(#""quantity":1"#, with: #""quantity":2"#)
            try spool.drop("second.ndjson", Array((line + file.line(4)).utf8))
            let receipt = try await spool.awaitReceipt(of: "second.ndjson")
            #expect(receipt.orders == .init(accepted: 0, refused: 1, duplicates: 1))
            #expect(try spool.reason(for: receipt).errors.map(\.code) == ["external-id-reused"])
            try await spool.ordersAreOnce(file.orderNames)
        }
    }
}
