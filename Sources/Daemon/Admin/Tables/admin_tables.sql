-- What operators did, and what they have paused. Both daemons have these tables, each in its own database.

-- Rows are added and never changed: one before what can't be undone ('kept', with what would be lost), one after each
-- command that changes something, with how it ended.
CREATE TABLE admin_audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL,
    uid        bigint NOT NULL,
    pid        bigint NOT NULL,
    role       text NOT NULL,
    command    text NOT NULL,
    parameters jsonb NOT NULL,
    -- The code of the reply's end, or 'kept'.
    result     text NOT NULL,
    message    text NOT NULL,
    reason     text,
    -- What a command destroyed.
    detail     jsonb
);

-- A row for each part that is paused, in all daemons of this database.
CREATE TABLE admin_pauses (
    part     text PRIMARY KEY,
    since    timestamptz NOT NULL,
    -- NULL: until somebody resumes it.
    until    timestamptz,
    uid      bigint NOT NULL,
    reason   text
);
