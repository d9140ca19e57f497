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
}
