import Foundation
import TestSupport
import Testing

/// strace lets system calls of the spool's thread fail, once each or for a while.
@Suite(
    "Whatever call fails, productd says so, loses nothing of what it claimed, and goes on when it can",
    .enabled(if: Strace.isPossible, "this needs strace, and to be allowed to trace"))
struct SpoolFailingDiskTests {
    private static let settings = ["SPOOL_LANES": "1", "SPOOL_CHUNK_SIZE": "2", "SPOOL_PATIENCE": "30s"]

    private static let failures = [
        "fsync,fdatasync:error=EIO", "fsync,fdatasync:error=ENOSPC", "write,pwrite64:error=EIO",
        "write,pwrite64:error=ENOSPC", "renameat2:error=EIO", "renameat,rename:error=ENOSPC", "openat:error=EMFILE",
        "mkdirat,mkdir:error=ENOSPC", "unlinkat,unlink:error=EIO",
    ]

    @Test("each call failing once", arguments: failures)
    func once(failure: String) async throws {
        try await Spool.open(settings: Self.settings, customerd: true) { spool in
            var files: [OrderFile] = []
            for number in 1...60 {
                let file = spool.file("\(number).ndjson", orders: 3, bad: number % 2 == 0)
                files.append(file)
                let strace = try await Strace(
                    spool.shop.productd, thread: "spool-0", inject: "\(failure):when=\((number + 1) / 2)")
                try spool.drop(file)
                do {
                    try await spool.awaitReceipt(of: file.name)
                    try await eventually("\(file.name) is ended") { try spool.unfinished().isEmpty }
                } catch {
                    throw TestFailure("\(error), after \(strace.injected), with \(try spool.unfinished())")
                }
                try await strace.detach()
                if number % 2 == 0, strace.injected.isEmpty { break }
            }
            #expect(files.count > 2)
            try await spool.awaitPromise(files)
            try await eventually("the spool is up again") { try await spool.trouble() == nil }
        }
    }

    @Test(
        "a disk that fails for a while",
        arguments: [
            "fsync,fdatasync:error=EIO", "fsync,fdatasync:error=ENOSPC", "write,pwrite64:error=EIO",
            "write,pwrite64:error=ENOSPC",
        ])
    func aWhile(failure: String) async throws {
        try await Spool.open(settings: Self.settings, customerd: true) { spool in
            let files = (1...5).map { spool.file("\($0).ndjson", orders: 3, bad: $0 == 2) }
            let strace = try await Strace(spool.shop.productd, thread: "spool-0", inject: failure)
            for file in files { try spool.drop(file) }
            try await eventually("productd says what is wrong") { try await spool.trouble() != nil }
            try await eventually("several were tried") { strace.injected.count > 5 }
            let trouble = try await spool.trouble() ?? ""
            #expect(trouble.contains(failure.hasSuffix("EIO") ? "Input/output error" : "No space left"))
            // Where no write works, nor does the log's.
            let isLogged = spool.shop.productd.logText.contains("The spool is in trouble")
            #expect(isLogged || failure.hasPrefix("write"))
            let answer = try await spool.shop.productd.send(
                "POST", "/orders",
                #"{"customerId":"\#(OrderFile.customer)","items":[{"productId":"\#(spool.product)","quantity":1}]}"#)
            #expect(answer.status == 201)
            for file in files { #expect(try spool.receipts(of: file.name).isEmpty) }
            try await strace.detach()
            try await spool.awaitPromise(files)
            try await eventually("the spool is up again") { try await spool.trouble() == nil }
        }
    }
}
