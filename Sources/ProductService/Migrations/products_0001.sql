-- The catalogue, the orders, and the events that wait to be published.

CREATE TABLE products (
    id          uuid PRIMARY KEY,
    sku         text NOT NULL CONSTRAINT products_sku_key UNIQUE,
    name        text NOT NULL,
    description text,
    category    text,
    price_minor bigint NOT NULL CONSTRAINT products_price_not_negative CHECK (price_minor >= 0),
    -- NULL: not tracked. The check stands behind the decision that is made while the row is locked.
    stock       integer CONSTRAINT products_stock_not_negative CHECK (stock >= 0),
    -- Rises with every change, sales included: the ETag.
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    archived_at timestamptz
) WITH (
    -- Stock changes with every order: room on the page keeps those updates out of the indexes (HOT).
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX products_category_id ON products (category, id);

-- Items and details are fixed when the order is accepted, so they live in its row. The id is a UUIDv7 and so carries the
-- time: it is the partition key, the primary key and the order of every list.
CREATE TABLE orders (
    id          uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    status      text NOT NULL CONSTRAINT orders_status_known
                CHECK (status IN ('CREATED', 'PROCESSING', 'SHIPPED', 'DELIVERED', 'CANCELLED')),
    total_minor bigint NOT NULL CONSTRAINT orders_total_not_negative CHECK (total_minor >= 0),
    currency    text NOT NULL,
    version     integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    items       jsonb NOT NULL,
    details     jsonb NOT NULL,
    source      text NOT NULL,
    request_id  text,
    traceparent text
) PARTITION BY RANGE (id);
CREATE INDEX orders_customer_id ON orders (customer_id, id);
CREATE INDEX orders_status_id ON orders (status, id);
-- Nearly all orders come over HTTP, so a scan of the primary key finds those at once; this finds the others.
CREATE INDEX orders_source_id ON orders (source, id) WHERE source <> 'http';

-- Takes what no month takes: imported orders with ids of other kinds.
CREATE TABLE orders_default PARTITION OF orders DEFAULT;

-- The first UUIDv7 of a time (RFC 9562, section 5.7): 48 bits of milliseconds, then zeros.
CREATE FUNCTION first_uuid_of(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT rpad(lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;

-- Makes the monthly partitions from the month of `first` on, where they are missing, and says how many it made.
CREATE FUNCTION make_order_partitions(first timestamptz, months integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    month timestamp := date_trunc('month', first AT TIME ZONE 'UTC');
    name  text;
    made  integer := 0;
BEGIN
    FOR i IN 1..months LOOP
        name := 'orders_' || to_char(month, 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF orders FOR VALUES FROM (%L) TO (%L)', name,
                first_uuid_of(month AT TIME ZONE 'UTC'),
                first_uuid_of((month + interval '1 month') AT TIME ZONE 'UTC'));
            made := made + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END
$$;

-- How many orders there are, in 64 parts so that writers don't queue on one row.
CREATE TABLE order_counters (
    shard  smallint PRIMARY KEY,
    orders bigint NOT NULL
) WITH (
    fillfactor = 10,
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0
);
INSERT INTO order_counters SELECT shard, 0 FROM generate_series(0, 63) AS shard;

-- What was answered to a request that carried a key. Not partitioned: a key is unique for all time that it is kept.
CREATE TABLE idempotency_keys (
    scope       text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    order_id    uuid NOT NULL,
    answer      text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
) WITH (
    autovacuum_vacuum_scale_factor = 0.02
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

-- Events that the broker has not confirmed yet. A row lives for milliseconds while the broker is up.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid NOT NULL,
    order_id    uuid NOT NULL,
    event_type  text NOT NULL,
    body        text NOT NULL,
    request_id  text,
    traceparent text,
    created_at  timestamptz NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    -- When it may be tried again, after the broker had no queue for it.
    not_before  timestamptz
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = -1,
    autovacuum_vacuum_cost_delay = 0
);
