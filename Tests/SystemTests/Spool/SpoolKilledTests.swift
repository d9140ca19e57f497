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

    /// The calls by which the spool's thread changes the disk, and those by which it looks at it; and how often a file
    /// needs each of them at least. With fewer, the work would be on some other thread, and nothing tested.
    private static let calls = [
        ("renameat2", 2), ("renameat,rename", 3), ("fsync,fdatasync", 8), ("write,pwrite64", 3), ("unlinkat,unlink", 1),
        ("mkdirat,mkdir", 1), ("openat", 10),
    ]

    /// What kind of file is on its way: `marked` comes with a second one that says that it is whole.
    enum Kind: String, CaseIterable {
        case good, bad, marked

        var partner: String { self == .marked ? "mark" : "acme" }
    }

    @Test("at each call of the spool's own thread", arguments: calls, Kind.allCases)
    func killed(at calls: (name: String, least: Int), of kind: Kind) async throws {
        try await Spool.open(settings: Self.settings, customerd: true) { spool in
            let kills = try await killAtEveryStep(of: spool, calls.name, thread: "spool-0", orders: 5, kind)
            #expect(kills >= calls.least)
        }
    }

    @Test("as it speaks to PostgreSQL and RabbitMQ")
    func killedWhileSending() async throws {
        try await Spool.open(settings: Self.settings, customerd: true) { spool in
            let kills = try await killAtEveryStep(of: spool, "sendto", thread: nil, orders: 8, .bad, most: 30)
            #expect(kills > 3)
        }
    }

    /// - Parameters:
    ///   - thread: `nil` for all; each has a count of its own.
    ///   - most: How often at most: other threads send without end.
    /// - Returns: How often productd was killed before a file went through.
    private func killAtEveryStep(
        of spool: Spool, _ calls: String, thread: String?, orders: Int, _ kind: Kind, most: Int = 200
    ) async throws -> Int {
        let productd = spool.shop.productd
        var files: [OrderFile] = []
        for number in 1...most {
            let file = spool.file("\(number).ndjson", orders: orders, bad: kind == .bad)
            files.append(file)
            let strace = try await Strace(productd, thread: thread, inject: "\(calls):signal=KILL:when=\(number)")
            try spool.drop(file, as: kind.partner)
            if kind == .marked { try spool.drop("\(file.name).ok", [], as: kind.partner) }
            try await eventually("\(file.name) is ended, or productd") {
                guard productd.isRunning else { return true }
                return try !spool.receipts(of: file.name, from: kind.partner).isEmpty && spool.unfinished().isEmpty
            }
            try await strace.detach()
            if productd.isRunning { break }
            try await productd.startAndAwaitReadiness()
            try await spool.awaitReceipt(of: file.name, from: kind.partner)
        }
        try await spool.awaitPromise(files, from: kind.partner)
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
