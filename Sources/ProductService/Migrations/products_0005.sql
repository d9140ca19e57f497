-- When which events went to the broker: what `order trace` tells, for as long as OUTBOX_HISTORY says. A row is a batch's
-- events of one type, so that it costs an order 32 bytes.
CREATE TABLE publications (
    published_at timestamptz NOT NULL,
    confirmed_at timestamptz NOT NULL,
    event_type   text NOT NULL,
    order_ids    uuid[] NOT NULL,
    event_ids    uuid[] NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0.02
);
-- Random bits: nothing is gained by trying to compress them.
ALTER TABLE publications ALTER COLUMN order_ids SET STORAGE EXTERNAL, ALTER COLUMN event_ids SET STORAGE EXTERNAL;
CREATE INDEX publications_published_at ON publications (published_at);
