import Foundation
import TestSupport

/// A shop whose productd takes orders from files: a spool of a test's own, and what is known of it from outside.
struct Spool: Sendable {
    let shop: Shop
    let path: String
    /// The id of what everybody buys.
    let product: String

    /// Short times, so that tests needn't wait, and room on whatever disk the tests run on.
    private static let settings = [
        "SPOOL_PARTNERS": "acme settle=rename; strict settle=rename policy=all-or-nothing; mark settle=marker",
        "SPOOL_QUIESCE": "500ms", "SPOOL_SCAN_INTERVAL": "1s", "SPOOL_PATIENCE": "2s",
        "SPOOL_MINIMUM_FREE_BYTES": "1048576",
    ]

    /// Runs a test in a shop with a spool, and clears everything away afterwards.
    ///
    /// - Parameters:
    ///   - path: Where the spool is to be; `nil` for a temporary directory.
    ///   - customerd: Whether the statistics are kept too.
    ///   - wrapper: What productd is started through.
    ///   - readiness: What `/readyz` says when the test begins.
    static func open(
        on servers: TestServers? = nil, settings: [String: String] = [:], at path: String? = nil,
        customerd: Bool = false, through wrapper: [String] = [], awaiting readiness: String = "ready",
        _ body: @Sendable (Spool) async throws -> Void
    ) async throws {
        let path =
            path ?? FileManager.default.temporaryDirectory.appending(path: "spool-\(UUID().uuidString.prefix(8))").path
        defer { for place in [path, outside(path)] { try? FileManager.default.removeItem(atPath: place) } }
        let all = Self.settings.merging(settings) { $1 }.merging(["SPOOL_DIRECTORY": path]) { $1 }
        try await Shop.open(
            on: try servers ?? .shared(), settings: all, running: customerd ? [\.customerd] : []
        ) { shop in
            try shop.productd.start(through: wrapper)
            try await shop.productd.awaitReadiness(readiness)
            let spool = Spool(shop: shop, path: path, product: try await shop.addProduct())
            do {
                try await body(spool)
            } catch {
                throw TestFailure("\(error); the end of productd's log:\n\(shop.productd.logText.suffix(3_000))")
            }
        }
    }

    func drop(of partner: String) -> String { "\(path)/drop/\(partner)" }

    // MARK: Dropping

    /// Drops a file as partners are told to: under another name, then renamed.
    func drop(_ name: String, _ bytes: [UInt8], as partner: String = "acme") throws {
        try Disk.write(bytes, to: "\(drop(of: partner))/.\(name.prefix(200))")
        try Disk.rename("\(drop(of: partner))/.\(name.prefix(200))", to: "\(drop(of: partner))/\(name)")
    }

    func drop(_ file: OrderFile, as partner: String = "acme") throws {
        try drop(file.name, file.bytes, as: partner)
    }

    /// A file of orders, one of them bad if so wished.
    func file(_ name: String, orders: Int = 1, bad: Bool = false) -> OrderFile {
        OrderFile(name: name, tag: name, product: product, orders: orders, hasBadOrder: bad)
    }

    // MARK: What became of it

    /// The receipts of a file's name, in the order of time.
    func receipts(of name: String, from partner: String = "acme") throws -> [SpoolReceipt] {
        let start = "\(name)."
        return try Disk.names(in: "\(path)/receipts/\(partner)").filter {
            $0.hasPrefix(start) && $0.hasSuffix(".json") && $0.count == start.count + 36 + ".json".count
        }.sorted().map { try SpoolReceipt(at: "\(path)/receipts/\(partner)/\($0)") }
    }

    /// Waits until a file is ended.
    ///
    /// - Parameter count: How many files of this name there were by now.
    @discardableResult
    func awaitReceipt(
        of name: String, from partner: String = "acme", count: Int = 1, within limit: Duration = .seconds(60)
    ) async throws -> SpoolReceipt {
        try await eventually("\(name) has \(count) receipts", within: limit) {
            try receipts(of: name, from: partner).count >= count
        }
        let found = try receipts(of: name, from: partner)
        guard found.count == count, let last = found.last else {
            throw TestFailure("\(name) has \(found.count) receipts instead of \(count)")
        }
        // The receipt is there a moment before the file is in its last place.
        try await eventually("\(name) is in \(archive(of: last))") { Disk.exists(archive(of: last)) }
        return last
    }

    /// Drops a file and waits until it is ended.
    @discardableResult
    func take(_ file: OrderFile, as partner: String = "acme") async throws -> SpoolReceipt {
        try drop(file, as: partner)
        return try await awaitReceipt(of: file.name, from: partner)
    }

    /// The directory that a file ended in.
    func archive(of receipt: SpoolReceipt) -> String {
        let day = receipt.finishedAt.prefix(10)
        return "\(path)/\(receipt.code == nil ? "done" : "rejected")/\(day)/\(receipt.id)"
    }

    /// Why a file is in `rejected/`.
    func reason(for receipt: SpoolReceipt) throws -> SpoolReason {
        try SpoolReason(at: "\(archive(of: receipt))/reason.json")
    }

    /// The names in `drop/` and `work/`: what is not ended.
    func unfinished() throws -> [String] {
        try Disk.names(in: "\(path)/drop").flatMap { partner in
            try Disk.names(in: "\(path)/drop/\(partner)").map { "drop/\(partner)/\($0)" }
        } + Disk.names(in: "\(path)/work").map { "work/\($0)" }
    }

    /// What `/readyz` says of the spool: `nil` while it is up.
    func trouble() async throws -> String? {
        let answer = try await shop.productd.get("/readyz")
        guard let document = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any],
            let dependencies = document["dependencies"] as? [String: Any],
            let spool = dependencies["spool"] as? [String: Any]
        else { throw TestFailure("no dependency spool in \(answer.body)") }
        return spool["status"] as? String == "up" ? nil : "\(spool)"
    }

    /// A number among productd's metrics; 0 if there is none of the name.
    func metric(_ name: String) async throws -> Double {
        let text = try await shop.productd.get("/metrics").body
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line?.split(separator: " ").last.flatMap { Double($0) } ?? 0
    }
}
