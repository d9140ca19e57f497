-- Files that orders came in by, and how far each has come.
CREATE TABLE ingest_files (
    -- Also the name of the file's directory in the spool.
    id          uuid PRIMARY KEY,
    partner     text COLLATE "C" NOT NULL,
    sha256      bytea NOT NULL,
    name        text NOT NULL,
    size        bigint NOT NULL,
    format      text NOT NULL,
    -- 'rejected': nothing of it has any effect, and the same bytes may come again.
    state       text NOT NULL DEFAULT 'open' CONSTRAINT ingest_files_state_known
                CHECK (state IN ('open', 'done', 'rejected')),
    -- The checkpoint: everything before this byte of the (decompressed) text is settled. Changed in the transaction that
    -- writes the orders up to it.
    text_offset bigint NOT NULL DEFAULT 0,
    text_line   bigint NOT NULL DEFAULT 1,
    records     bigint NOT NULL DEFAULT 0,
    accepted    bigint NOT NULL DEFAULT 0,
    refused     bigint NOT NULL DEFAULT 0,
    duplicates  bigint NOT NULL DEFAULT 0,
    received_at timestamptz NOT NULL,
    ended_at    timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- The same bytes from the same partner take effect once.
CREATE UNIQUE INDEX ingest_files_identity ON ingest_files (partner, sha256) WHERE state <> 'rejected';

-- Records that were refused, until they are written into the file of rejects.
CREATE TABLE spool_rejects (
    file_id    uuid NOT NULL REFERENCES ingest_files ON DELETE CASCADE,
    record     bigint NOT NULL,
    line       bigint NOT NULL,
    text_start bigint NOT NULL,
    text_end   bigint NOT NULL,
    faults     jsonb NOT NULL,
    PRIMARY KEY (file_id, record)
);

-- Keys under a partner's scope are the external ids of orders from files. They don't expire, so nobody looks for them by
-- their age.
DROP INDEX idempotency_keys_created_at;
CREATE INDEX idempotency_keys_expiring ON idempotency_keys (created_at) WHERE scope NOT LIKE 'spool:%';
