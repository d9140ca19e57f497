package import Postgres

/// The SQL of the order writer's transaction, in the order in which it runs.
package enum OrderStatements {
    /// Names the transaction, so that its end can be awaited after a lost COMMIT.
    package static let transactionID = Statement("SELECT pg_current_xact_id()::text")

    /// `OFFSET 0` has the keys looked up one by one, in a session that reads by key, also by a plan that was made while the
    /// table was empty; as a plain join that one reads the whole table for every batch.
    package static let firstAnswers = Statement(
        """
        SELECT asked.scope, asked.key, known.fingerprint, known.order_id, known.answer
        FROM unnest($1::text[], $2::text[]) AS asked (scope, key)
        CROSS JOIN LATERAL (
            SELECT fingerprint, order_id, answer
            FROM idempotency_keys
            WHERE scope = asked.scope AND key = asked.key
            OFFSET 0
        ) AS known
        """)

    /// Products with tracked stock are locked in the order of their ids; `NO KEY` because no order changes an id. The
    /// others are only read.
    package static let lockProducts = Statement(
        """
        WITH tracked AS MATERIALIZED (
            SELECT id, name, price_minor, stock, archived_at IS NOT NULL
            FROM products
            WHERE id = ANY($1::uuid[]) AND stock IS NOT NULL
            ORDER BY id
            FOR NO KEY UPDATE
        )
        SELECT * FROM tracked
        UNION ALL
        SELECT id, name, price_minor, stock, archived_at IS NOT NULL
        FROM products
        WHERE id = ANY($1::uuid[]) AND stock IS NULL
        """)

    package static let insertOrders = Statement(
        """
        INSERT INTO orders (id, customer_id, status, total_minor, currency, created_at, updated_at, items, details,
                            source, request_id, traceparent)
        SELECT id, customer_id, 'CREATED', total_minor, currency, at, at, items, details, source, request_id, traceparent
        FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::timestamptz[], $6::jsonb[], $7::jsonb[],
                    $8::text[], $9::text[], $10::text[])
             AS new (id, customer_id, total_minor, currency, at, items, details, source, request_id, traceparent)
        """)

    package static let insertEvents = Statement(
        """
        INSERT INTO outbox (event_id, order_id, event_type, body, request_id, traceparent, created_at)
        SELECT event_id, order_id, $3::text, body, request_id, traceparent, at
        FROM unnest($1::uuid[], $2::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
             AS new (event_id, order_id, body, request_id, traceparent, at)
        """)

    /// The rows are locked since `lockProducts`; the order of this update therefore doesn't matter.
    package static let takeStock = Statement(
        """
        UPDATE products
        SET stock = stock - quantity, version = version + 1, updated_at = $3::timestamptz
        FROM unnest($1::uuid[], $2::integer[]) AS taken (id, quantity)
        WHERE products.id = taken.id
        """)

    /// No ON CONFLICT: a key that another lane or instance has just used fails the batch, which then finds that key answered.
    package static let insertKeys = Statement(
        """
        INSERT INTO idempotency_keys (scope, key, fingerprint, order_id, answer, created_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[], $5::text[], $6::timestamptz[])
        """)

    package static let count = Statement(
        "UPDATE order_counters SET orders = orders + $2::bigint WHERE shard = $1::smallint")

    /// Whether a transaction is still under way, in a session that has lost its client and doesn't know it.
    ///
    /// Its fate must not be taken from here: after a crash the server gives the numbers of transactions that left no
    /// trace on disk to others. A number that was not given again yet is refused, with SQLSTATE 22023.
    package static let isUnderWay = Statement(
        "SELECT pg_xact_status($1::text::xid8) IS NOT DISTINCT FROM 'in progress'")

    package static let isStored = Statement("SELECT EXISTS (SELECT FROM orders WHERE id = $1::uuid)")
}
