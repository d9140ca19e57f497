import Foundation
import Glibc
import TestSupport
import Testing

@Suite("What productd holds in memory does not depend on what it is given", .serialized)
struct SpoolLargeFileTests {
    private static let margin = 32 << 20

    /// Has a file taken before, so that everything that is allocated once is, and watches memory and HTTP meanwhile.
    private func watch(_ name: String, in spool: Spool, _ drop: () throws -> Void) async throws -> SpoolReceipt {
        let productd = spool.shop.productd
        let warmUp = spool.file("warm-up.ndjson", orders: 2_000)
        try await spool.take(warmUp)
        let idle = try productd.residentBytes()
        var most = idle
        try drop()
        try await eventually("it is done", within: .seconds(120)) {
            most = max(most, try productd.residentBytes())
            guard try await productd.get("/livez").status == 200 else { throw TestFailure("not alive") }
            return try !spool.receipts(of: name).isEmpty
        }
        #expect(most - idle <= Self.margin, "\(idle >> 20) MiB grew to \(most >> 20) MiB")
        return try await spool.awaitReceipt(of: name)
    }

    @Test("a file of 50,000 orders")
    func manyOrders() async throws {
        try await Spool.open(customerd: true) { spool in
            let file = spool.file("many.ndjson", orders: 50_000)
            let receipt = try await watch(file.name, in: spool) { try spool.drop(file) }
            #expect(receipt.orders.accepted == 50_000)
            try await spool.ordersAreOnce(file.orderNames + spool.file("warm-up.ndjson", orders: 2_000).orderNames)
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("a line of 100 MiB between good ones")
    func longLine() async throws {
        try await Spool.open { spool in
            let good = spool.file("long.ndjson", orders: 2)
            let receipt = try await watch(good.name, in: spool) {
                let line = Array(repeating: UInt8(ascii: "x"), count: 100 << 20) + [UInt8(ascii: "\n")]
                try spool.drop("long.ndjson", Array(good.line(1).utf8) + line + Array(good.line(2).utf8))
            }
            #expect(receipt.orders == .init(accepted: 2, refused: 1, duplicates: 0))
            #expect(try spool.reason(for: receipt).errors.map(\.code) == ["record-too-large"])
        }
    }

    @Test("a gzip bomb is refused at the limit of the text, and leaves nothing of itself in work/")
    func bomb() async throws {
        let settings = ["SPOOL_MAXIMUM_TEXT_BYTES": "\(256 << 20)"]
        try await Spool.open(settings: settings) { spool in
            // 64 MiB of nothing, and that forty times, as gzip(1) allows it.
            let plain = "\(spool.path)/zeros"
            try Disk.write([], to: plain, size: 64 << 20)
            try await Script(path: "/usr/bin/env").run("gzip", "-1", plain)
            let member = try Disk.read("\(plain).gz")
            let bomb = Array(repeatElement(member, count: 40).joined())
            let receipt = try await watch("bomb.ndjson.gz", in: spool) { try spool.drop("bomb.ndjson.gz", bomb) }
            #expect(receipt.code == "too-large")
            try await eventually("nothing is left") { try spool.unfinished().isEmpty }
        }
    }
}
