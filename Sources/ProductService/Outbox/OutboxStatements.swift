import Postgres

/// The SQL of the relay.
enum OutboxStatements {
    /// By state, never by "id above the last one": a lower id can commit later. SKIP LOCKED lets lanes and instances
    /// work side by side; the lock ends with the transaction, so a claim dies with its claimer.
    static let claim = Statement(
        """
        SELECT id, event_id, order_id, event_type, body, request_id, traceparent, created_at
        FROM outbox
        WHERE not_before IS NULL OR not_before <= now()
        ORDER BY id
        LIMIT $1::bigint
        FOR UPDATE SKIP LOCKED
        """)

    static let delete = Statement("DELETE FROM outbox WHERE id = ANY($1::bigint[])")

    static let keep = Statement(
        """
        INSERT INTO publications (published_at, confirmed_at, event_type, order_ids, event_ids)
        VALUES ($1::timestamptz, $2::timestamptz, $3::text, $4::uuid[], $5::uuid[])
        """)

    /// Tried again after 1, 2, 4 … 64 seconds.
    static let postpone = Statement(
        """
        UPDATE outbox
        SET attempts = attempts + 1, not_before = now() + interval '1 second' * 2 ^ least(attempts, 6)
        WHERE id = ANY($1::bigint[])
        """)

    /// Counts no further than it must to know that the high-water mark is passed.
    static let backlog = Statement(
        """
        SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT $1::bigint) AS bounded),
               (SELECT created_at FROM outbox ORDER BY id LIMIT 1)
        """)

    /// What operators see of it; counts no further than the high-water mark.
    static let status = Statement(
        """
        SELECT count(*), count(*) FILTER (WHERE not_before > now()), coalesce(max(attempts), 0), min(created_at),
               coalesce(sum(octet_length(body)), 0)::bigint
        FROM (SELECT * FROM outbox ORDER BY id LIMIT $1::bigint) AS bounded
        """)

    /// Lets the next of those that wait for their next try be tried at once.
    static let hurry = Statement(
        """
        UPDATE outbox SET not_before = NULL
        WHERE id IN (
            SELECT id FROM outbox WHERE not_before IS NOT NULL AND id > $1::bigint ORDER BY id LIMIT $2::bigint
            FOR UPDATE SKIP LOCKED)
        RETURNING id
        """)
}
