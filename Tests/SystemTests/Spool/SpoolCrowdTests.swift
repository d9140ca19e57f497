import Foundation
import Glibc
import TestSupport
import Testing

@Suite("However many files come at once, each is taken, in bounded memory", .serialized)
struct SpoolCrowdTests {
    @Test("20,000 files, more than inotify's queue holds while productd sleeps")
    func crowd() async throws {
        // Only the overflow can tell of most of them.
        let settings = ["SPOOL_SCAN_INTERVAL": "1h", "SPOOL_LANES": "16"]
        try await Spool.open(settings: settings, customerd: true) { spool in
            let productd = spool.shop.productd
            productd.signal(SIGSTOP)
            let files = (1...20_000).map { spool.file("\($0).ndjson") }
            for file in files { try spool.drop(file) }
            let idle = try productd.residentBytes()
            productd.signal(SIGCONT)
            // Minutes, in a debug build beside everything else.
            try await eventually("all orders are there", within: .seconds(1_500)) {
                try await spool.shop.products.number("SELECT count(*) FROM orders") >= 20_000
            }
            try await eventually("nothing is left") { try spool.unfinished().isEmpty }
            #expect(try productd.residentBytes() - idle < 64 << 20)
            #expect(try Disk.names(in: "\(spool.path)/receipts/acme").count == 20_000)
            try await spool.ordersAreOnce(files.flatMap(\.orderNames))
            try await spool.shop.awaitAgreement()
        }
    }

    @Test("100,000 files that wait for room on the disk: productd serves, says why they wait, and claims none")
    func waiting() async throws {
        // More must be free than there is, so nothing is claimed.
        let settings = ["SPOOL_MINIMUM_FREE_BYTES": "\(1 << 44)", "SPOOL_PARTNERS": "acme settle=rename"]
        try await Spool.open(settings: settings, awaiting: "degraded") { spool in
            let productd = spool.shop.productd
            let idle = try productd.residentBytes()
            for number in 1...100_000 {
                let file = open("\(spool.drop(of: "acme"))/\(number).ndjson", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
                guard file >= 0, close(file) == 0 else { throw TestFailure(String(cString: strerror(errno))) }
            }
            try await eventually("all are counted") { try await spool.metric("spool_waiting_files") == 100_000 }
            #expect(try await spool.trouble()?.contains("make room") == true)
            for _ in 1...100 {
                let answer = try await productd.send(
                    "POST", "/orders",
                    #"{"customerId":"\#(OrderFile.customer)","items":[{"productId":"\#(spool.product)","quantity":1}]}"#
                )
                #expect(answer.status == 201)
            }
            let grown = try productd.residentBytes() - idle
            #expect(grown < 64 << 20, "\(grown >> 20) MiB")
            #expect(try Disk.names(in: "\(spool.path)/work").isEmpty)
            #expect(try Disk.names(in: spool.drop(of: "acme")).count == 100_000)
        }
    }
}
