import Foundation
import TestSupport
import Testing

/// strace kills productd as it enters its Nth system call of a kind, for N from 1 until a file goes through unharmed.
@Suite(
    "Killed at any step on a file's way, productd goes on with it: no order is lost and none is taken twice",
    .enabled(if: Strace.isPossible, "this needs strace, and to be allowed to trace"))
struct SpoolKilledTests {
    /// Small enough that a file of five orders takes several transactions.
    private static let settings = ["SPOOL_LANES": "1", "SPOOL_CHUNK_SIZE": "2", "SPOOL_PATIENCE": "30s"]

    /// The calls by which the spool's thread changes the disk, and those by which it looks at it.
    private static let calls = [
        "renameat2", "renameat,rename", "fsync,fdatasync", "write,pwrite64", "unlinkat,unlink", "mkdirat,mkdir",
        "openat",
    ]

    @Test("at each call of the spool's own thread", arguments: calls, [false, true])
    func killed(at calls: String, bad: Bool) async throws {
        try await Spool.open(settings: Self.settings, customerd: true) { spool in
            let kills = try await killAtEveryStep(of: spool, calls, thread: "spool-0", orders: 5, bad: bad)
            #expect(kills > 0)
        }
    }

    @Test("as it speaks to PostgreSQL and RabbitMQ")
    func killedWhileSending() async throws {
        try await Spool.open(settings: Self.settings, customerd: true) { spool in
            let kills = try await killAtEveryStep(of: spool, "sendto", thread: nil, orders: 8, bad: true, most: 30)
            #expect(kills > 3)
        }
    }

    /// - Parameters:
    ///   - thread: `nil` for all; each has a count of its own.
    ///   - most: How often at most: other threads send without end.
    /// - Returns: How often productd was killed before a file went through.
    private func killAtEveryStep(
        of spool: Spool, _ calls: String, thread: String?, orders: Int, bad: Bool, most: Int = 200
    ) async throws -> Int {
        let productd = spool.shop.productd
        var files: [OrderFile] = []
        for number in 1...most {
            let file = spool.file("\(number).ndjson", orders: orders, bad: bad)
            files.append(file)
            let strace = try await Strace(productd, thread: thread, inject: "\(calls):signal=KILL:when=\(number)")
            try spool.drop(file)
            try await eventually("\(file.name) is ended, or productd") {
                try !productd.isRunning || !spool.receipts(of: file.name).isEmpty && spool.unfinished().isEmpty
            }
            try await strace.detach()
            if productd.isRunning { break }
            try await productd.startAndAwaitReadiness()
            try await spool.awaitReceipt(of: file.name)
        }
        try await spool.awaitPromise(files)
        return files.count - 1
    }

    @Test(
        "and again at each call of going on with what was left in the middle",
        arguments: ["renameat2", "renameat,rename", "fsync,fdatasync", "unlinkat,unlink", "mkdirat,mkdir"])
    func killedWhileGoingOn(at calls: String) async throws {
        try await Spool.open(settings: Self.settings, customerd: true) { spool in
            let productd = spool.shop.productd
            let file = spool.file("again.ndjson", orders: 5, bad: true)
            // Claimed, and the copy not complete.
            let strace = try await Strace(productd, thread: "spool-0", inject: "fsync:signal=KILL:when=4")
            try spool.drop(file)
            try await productd.exitStatus()
            try await strace.detach()
            for number in 1...100 {
                try productd.start(through: Strace.wrapper(inject: "\(calls):signal=KILL:when=\(number)"))
                try await eventually("\(file.name) is ended, or productd") {
                    try !productd.isRunning || !spool.receipts(of: file.name).isEmpty && spool.unfinished().isEmpty
                }
                if productd.isRunning { break }
            }
            try await spool.awaitPromise([file])
        }
    }
}
