import Foundation
import Postgres
import TestSupport

extension Spool {
    /// Waits until nothing waits any more, and then compares files, receipts, orders and statistics.
    ///
    /// - Parameter files: All that were ever dropped, each once and each under a name of its own.
    /// - Throws: `TestFailure` that says what doesn't agree.
    func awaitPromise(_ files: [OrderFile], from partner: String = "acme") async throws {
        for file in files { try await awaitEnd(of: file, from: partner) }
        do {
            try await eventually("drop/ and work/ are empty", within: .seconds(30)) { try unfinished().isEmpty }
        } catch {
            throw TestFailure("\(error): \(try unfinished())")
        }
        try await ordersAreOnce(files.flatMap(\.orderNames))
        try await shop.awaitAgreement()
    }

    /// Waits for a file's one receipt, and compares it and the archived original with what was dropped.
    @discardableResult
    func awaitEnd(of file: OrderFile, from partner: String = "acme") async throws -> SpoolReceipt {
        let receipt = try await awaitReceipt(of: file.name, from: partner)
        let expected = SpoolReceipt.Orders(accepted: file.orders, refused: file.hasBadOrder ? 1 : 0, duplicates: 0)
        guard receipt.orders == expected, receipt.outcome == (file.hasBadOrder ? "partly" : "accepted") else {
            throw TestFailure("\(file.name) has the receipt \(receipt)")
        }
        let archive = archive(of: receipt)
        guard try Disk.read("\(archive)/\(file.name)") == file.bytes else {
            throw TestFailure("\(archive) holds another file than was dropped")
        }
        guard try SpoolReceipt(at: "\(archive)/receipt.json") == receipt else {
            throw TestFailure("\(archive) holds another receipt than \(receipt)")
        }
        if file.hasBadOrder {
            let rejects = try Disk.read("\(archive)/rejects.ndjson")
            guard rejects == Array(OrderFile.badLine.utf8) else {
                throw TestFailure("\(archive) holds the rejects \(String(decoding: rejects, as: UTF8.self))")
            }
            guard try reason(for: receipt).code == "orders-refused" else {
                throw TestFailure("\(archive) holds another reason than that orders were refused")
            }
        }
        return receipt
    }

    /// Compares the orders that came from files with what should have come.
    func ordersAreOnce(_ expected: [String]) async throws {
        let found = try await orderNames()
        guard found.sorted() == expected.sorted() else {
            let missing = Set(expected).subtracting(found)
            let unknown = Set(found).subtracting(expected)
            throw TestFailure(
                "\(found.count) orders instead of \(expected.count): \(missing.count) missing (\(missing.prefix(3))), "
                    + "\(unknown.count) unknown (\(unknown.prefix(3))), \(found.count - Set(found).count) twice")
        }
    }

    /// The names of all orders that came from files.
    func orderNames() async throws -> [String] {
        try await shop.products.use { connection in
            let rows = try connection.query(
                "SELECT coalesce(details->>'name', '') FROM orders WHERE source LIKE 'spool:%'")
            return Array(try rows.decode(String.self))
        }
    }
}
