import Commerce
import Foundation
import TestSupport
import Testing

@Suite("What a batch costs does not grow with what is stored")
struct GrowingTablesTests {
    /// The tables are empty when the statements are planned, as in a new shop.
    @Test("however many keys and customers there are, a batch looks up its own, by their index")
    func lookups() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd, \.customerd]) { shop in
            let product = try await shop.addProduct()
            for number in 1...30 {
                let answer = try await shop.productd.send(
                    "POST", "/orders", headers: ["Idempotency-Key": "k-\(number)"],
                    #"{"customerId":"\#(UUID().uuidString.lowercased())","items":[{"productId":"\#(product)","quantity":1}]}"#
                )
                #expect(answer.status == 201)
                // Otherwise customerd would take many as one batch.
                try await eventually("order \(number) is counted", within: .seconds(60)) {
                    try await shop.customers.number("SELECT count(*) FROM customer_orders") == Int64(number)
                }
            }
            for (database, table) in [(shop.products, "idempotency_keys"), (shop.customers, "customers")] {
                func count(_ column: String) async throws -> Int64 {
                    try await database.number("SELECT \(column) FROM pg_stat_user_tables WHERE relname = '\(table)'")
                }
                // Sessions report what they did once a second at most, all of it at once.
                try await eventually("what was done to \(table) is reported") { try await count("idx_scan") >= 30 }
                #expect(try await count("seq_scan") < 10, "\(table) is read from end to end")
            }
        }
    }

    /// Its snapshot keeps dead versions of products, counters and statistics from being pruned.
    @Test("ANALYZE reads few rows of the tables that grow with every order, and of months that are made later")
    func briefAnalyze() async throws {
        try await Shop.open(on: try .shared(), running: [\.productd, \.customerd]) { shop in
            // Those of now may be there already.
            _ = try await shop.products.number("SELECT make_order_partitions(now(), 4)::bigint")
            let later = "SELECT make_order_partitions(now() + interval '5 years', 2)::bigint"
            #expect(try await shop.products.number(later) == 2)
            for (database, tables, count) in [
                (shop.products, "^(orders|orders_.*|outbox|publications|idempotency_keys)$", 11 as Int64),
                (shop.customers, "^customer_orders$", 1),
            ] {
                let found = "FROM pg_class WHERE relkind IN ('r', 'p') AND relname ~ '\(tables)'"
                #expect(try await database.number("SELECT count(*) \(found)") == count)
                let long = try await database.number(
                    """
                    SELECT count(*) FROM pg_attribute
                    WHERE attrelid IN (SELECT oid \(found)) AND attnum > 0 AND NOT attisdropped
                          AND coalesce(attstattarget, -1) NOT BETWEEN 0 AND 10
                    """)
                #expect(long == 0)
            }
        }
    }
}
