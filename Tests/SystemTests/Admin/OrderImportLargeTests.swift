import Foundation
import TestSupport
import Testing

@Suite("A large file is imported in bounded memory, and says each second how far it is", .serialized)
struct OrderImportLargeTests {
    private static let orders = 200_000
    private static let margin = 32 << 20

    @Test("200,000 orders")
    func large() async throws {
        try await Spool.open(customerd: true) { spool in
            let productd = spool.shop.productd
            let warmUp = spool.file("warm-up.ndjson", orders: 2_000)
            let file = spool.file("large.ndjson", orders: Self.orders)
            #expect(try await spool.importing(warmUp).status == 0)
            let idle = try productd.residentBytes()
            let (answer, most) = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await watch(productd) }
                let answer = try await spool.importing(file)
                group.cancelAll()
                return (answer, try await group.next() ?? .max)
            }
            #expect(answer.status == 0 && answer.rows.first?["accepted"] == "\(Self.orders)", "\(answer.message)")
            let growth = most - idle
            #expect(growth <= Self.margin, "\(idle >> 20) MiB grew by \(growth >> 20) MiB")
            let done = answer.progress.filter { $0["what"].hasPrefix("orders, as ") }.compactMap { Int($0["done"]) }
            #expect(done.count > 2 && done == done.sorted() && answer.progress.last?["of"] == "\(Self.orders)")
            try await spool.ordersAreOnce(file.orderNames + warmUp.orderNames)
            try await spool.shop.awaitAgreement(within: .seconds(600))
        }
    }

    /// Looks until it is cancelled.
    ///
    /// - Returns: The most memory that the daemon had. It answers requests meanwhile.
    private func watch(_ productd: RunningDaemon) async throws -> Int {
        var most = 0
        while !Task.isCancelled {
            most = max(most, try productd.residentBytes())
            let isAlive = try? await productd.get("/livez").status == 200
            guard isAlive == true || Task.isCancelled else { throw TestFailure("not alive") }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return most
    }
}
