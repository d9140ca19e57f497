package import Postgres

/// The statements that apply a batch of events, in the order in which they run.
///
/// Locks are taken in one order by everybody: customers by id, then new orders by id, then known orders by id, then
/// statistics by customer id. New and known ones cannot wait for each other: a worker comes to lock a known order, one
/// that is committed, only after all its new ones are in, and from then on waits for known orders and statistics only.
package enum ProjectionStatements {
    /// Gives every buyer a profile, and an unerased profile the name and email that it lacks.
    ///
    /// The look before leaves out who needs neither, since ON CONFLICT DO UPDATE locks (and so writes) every row that it
    /// meets. It decides nothing: who came in or was erased since then is met by the conflict clause. `OFFSET 0` has the
    /// buyers looked up one by one, in a session that reads by key, also by a plan that was made while there were few.
    package static let addBuyers: Statement = """
        INSERT INTO customers AS c (id, name, email)
        SELECT buyer.id, buyer.name, buyer.email
        FROM unnest($1::text[], $2::text[], $3::text[]) AS buyer (id, name, email)
        LEFT JOIN LATERAL (
            SELECT id, name, email, erased_at FROM customers WHERE id = buyer.id COLLATE "C" OFFSET 0
        ) AS known ON true
        WHERE known.id IS NULL
           OR known.erased_at IS NULL
              AND (known.name IS NULL AND buyer.name IS NOT NULL OR known.email IS NULL AND buyer.email IS NOT NULL)
        ORDER BY buyer.id COLLATE "C"
        ON CONFLICT (id) DO UPDATE
        SET name = coalesce(c.name, excluded.name), email = coalesce(c.email, excluded.email),
            updated_at = now(), version = c.version + 1
        WHERE c.erased_at IS NULL
          AND (c.name IS NULL AND excluded.name IS NOT NULL OR c.email IS NULL AND excluded.email IS NOT NULL)
        """

    /// Inserts the orders that nobody has told of yet, and returns them. One that another worker is just inserting is
    /// waited for, and then is known.
    package static let insertOrders: Statement = """
        INSERT INTO customer_orders
            (order_id, customer_id, total_minor, pieces, ordered_at, ordered_at_known, cancelled_at)
        SELECT *
        FROM unnest($1::uuid[], $2::text[], $3::int8[], $4::int8[], $5::timestamptz[], $6::bool[], $7::timestamptz[])
             AS told (order_id, customer_id, total_minor, pieces, ordered_at, ordered_at_known, cancelled_at)
        ORDER BY told.order_id
        ON CONFLICT (order_id) DO NOTHING
        RETURNING order_id
        """

    /// Joins what is told with what is known of orders that are there, as `OrderFacts.join` does, and returns for each
    /// order that changed what it counted for and what it counts for now.
    ///
    /// The rows are locked first, which reads their latest state; the snapshot may show an older one. greatest() and
    /// least() pass over NULL.
    package static let mergeOrders: Statement = """
        WITH known AS MATERIALIZED (
            SELECT order_id, customer_id, total_minor, pieces, ordered_at, ordered_at_known, cancelled_at
            FROM customer_orders
            WHERE order_id = ANY ($1::uuid[])
            ORDER BY order_id
            FOR NO KEY UPDATE
        ), joined AS (
            SELECT order_id,
                   known.customer_id,
                   known.total_minor AS old_total_minor,
                   known.cancelled_at IS NOT NULL AS was_cancelled,
                   greatest(known.total_minor, told.total_minor) AS total_minor,
                   greatest(known.pieces, told.pieces) AS pieces,
                   CASE WHEN known.ordered_at_known = told.ordered_at_known
                            THEN least(known.ordered_at, told.ordered_at)
                        WHEN told.ordered_at_known THEN told.ordered_at
                        ELSE known.ordered_at
                   END AS ordered_at,
                   known.ordered_at_known OR told.ordered_at_known AS ordered_at_known,
                   least(known.cancelled_at, told.cancelled_at) AS cancelled_at
            FROM known
            JOIN unnest($1::uuid[], $2::int8[], $3::int8[], $4::timestamptz[], $5::bool[], $6::timestamptz[])
                 AS told (order_id, total_minor, pieces, ordered_at, ordered_at_known, cancelled_at)
                 USING (order_id)
        )
        UPDATE customer_orders AS o
        SET total_minor = joined.total_minor, pieces = joined.pieces, ordered_at = joined.ordered_at,
            ordered_at_known = joined.ordered_at_known, cancelled_at = joined.cancelled_at
        FROM joined
        WHERE o.order_id = joined.order_id
          AND (o.total_minor, o.pieces, o.ordered_at, o.ordered_at_known, o.cancelled_at)
              IS DISTINCT FROM
              (joined.total_minor, joined.pieces, joined.ordered_at, joined.ordered_at_known, joined.cancelled_at)
        RETURNING joined.customer_id, joined.old_total_minor, joined.was_cancelled,
                  o.total_minor, o.cancelled_at IS NOT NULL
        """

    /// Adds the changes to the customers' sums. It goes out together with COMMIT, so that the row of a customer who
    /// orders all the time is locked for no longer than that takes.
    package static let addToStatistics: Statement = """
        INSERT INTO customer_stats AS s (customer_id, total_orders, total_spent_minor, cancelled_orders)
        SELECT *
        FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[])
             AS change (customer_id, orders, spent_minor, cancelled)
        ORDER BY change.customer_id COLLATE "C"
        ON CONFLICT (customer_id) DO UPDATE
        SET total_orders = s.total_orders + excluded.total_orders,
            total_spent_minor = s.total_spent_minor + excluded.total_spent_minor,
            cancelled_orders = s.cancelled_orders + excluded.cancelled_orders
        """
}
