import Commerce
import Foundation
import Postgres
import TestSupport
import Testing

@testable import CustomerService

@Suite("The projection in PostgreSQL")
struct ProjectionTests {
    /// What a customer's only order has come to.
    private struct Outcome: Hashable, Sendable {
        let statistics: [Int64]
        let total: Int64
        let pieces: Int64?
        let orderedAt: String
        let isCancelled: Bool
        let profile: [String?]
    }

    /// Applies batches of events, each in a transaction of its own.
    private static func apply(_ batches: [[String]], on connection: Connection) throws {
        for batch in batches {
            let update = ProjectionUpdate(try batch.map { try ReceivedOrderEvent($0) }, receivedAt: .now)
            _ = try connection.transaction { try OrderProjection.apply(update, in: $0) }
        }
    }

    private static func outcome(_ order: TestOrder, on connection: Connection) throws -> Outcome {
        let row = try connection.query(
            """
            SELECT s.total_orders, s.total_spent_minor, s.cancelled_orders, o.total_minor, o.pieces, o.ordered_at,
                   o.cancelled_at IS NOT NULL, c.name, c.email
            FROM customers c JOIN customer_stats s ON s.customer_id = c.id JOIN customer_orders o ON o.customer_id = c.id
            WHERE c.id = $1
            """, order.customer
        ).only()
        return Outcome(
            statistics: try (0..<3).map { try row.get($0) }, total: try row.get(3), pieces: try row.get(4),
            orderedAt: try row.get(5, as: Date.self).rfc3339, isCancelled: try row.get(6),
            profile: [try row.get(7), try row.get(8)])
    }

    @Test("one order's events come to the same in every order, together or one by one, once or twice")
    func permutations() async throws {
        try await withDatabase { database in
            let outcomes = try await database.use { connection in
                var outcomes: Set<Outcome> = []
                for permutation in [0, 1, 2, 3].permutations {
                    for cut in 1...4 {
                        let order = TestOrder()
                        let events = [order.poor, order.rich(email: nil), order.cancelled, order.poor]
                        let sequence = permutation.map { events[$0] }
                        try Self.apply([Array(sequence[..<cut]), Array(sequence[cut...])], on: connection)
                        outcomes.insert(try Self.outcome(order, on: connection))
                        try Self.apply(sequence.map { [$0] }, on: connection)
                        outcomes.insert(try Self.outcome(order, on: connection))
                    }
                }
                return outcomes
            }
            #expect(
                outcomes == [
                    Outcome(
                        statistics: [0, 0, 1], total: 2425, pieces: 3, orderedAt: "2026-11-23T11:10:10.513Z",
                        isCancelled: true, profile: ["Ada", "ada@example.com"])
                ])
        }
    }

    @Test("an order that comes poor and rich counts once, with what the rich one knows")
    func poorAndRich() async throws {
        try await withDatabase { database in
            for isPoorFirst in [true, false] {
                let order = TestOrder()
                let batches = isPoorFirst ? [[order.poor], [order.rich()]] : [[order.rich()], [order.poor]]
                let outcome = try await database.use { connection in
                    try Self.apply(batches, on: connection)
                    return try Self.outcome(order, on: connection)
                }
                #expect(outcome.statistics == [1, 2425, 0])
                #expect(outcome.pieces == 3)
                #expect(outcome.orderedAt == order.createdAt)
            }
        }
    }

    @Test("an event never brings back what was erased, and still counts")
    func erased() async throws {
        try await withDatabase { database in
            let (order, next) = (TestOrder(), TestOrder())
            var later = next
            later.customer = order.customer
            let events = [[order.rich()], [later.rich(name: "Eve")]]
            let row = try await database.use { connection in
                try Self.apply([events[0]], on: connection)
                try connection.query(ProfileStatements.erase, order.customer)
                try Self.apply([events[1]], on: connection)
                return try connection.query(
                    """
                    SELECT c.name, c.email, s.total_orders FROM customers c JOIN customer_stats s ON s.customer_id = c.id
                    WHERE c.id = $1
                    """, order.customer
                ).only().decode(String?.self, String?.self, Int64.self)
            }
            #expect(row == (nil, nil, 2))
        }
    }

    @Test("an event fills a name that is missing, and never changes one that is there")
    func fillsProfile() async throws {
        try await withDatabase { database in
            let order = TestOrder()
            var second = TestOrder()
            second.customer = order.customer
            let batches = [[order.rich(name: nil)], [second.rich(name: "Grace", email: "other@example.com")]]
            let row = try await database.use { connection in
                try Self.apply(batches, on: connection)
                return try connection.query("SELECT name, email, version FROM customers").only()
                    .decode(String?.self, String?.self, Int64.self)
            }
            #expect(row == ("Grace", "ada@example.com", 2))
        }
    }

    private func withDatabase(_ body: @Sendable (TestDatabase) async throws -> Void) async throws {
        let database = try await TestDatabase(on: .shared(), prefix: "projection")
        let outcome: Result<Void, any Error>
        do {
            try await database.migrate()
            try await body(database)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try await database.drop()
        try outcome.get()
    }
}

extension Array {
    /// Every order of the elements.
    fileprivate var permutations: [[Element]] {
        guard count > 1 else { return [self] }
        return indices.flatMap { index in
            var rest = self
            let first = rest.remove(at: index)
            return rest.permutations.map { [first] + $0 }
        }
    }
}
