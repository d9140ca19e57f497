-- Customers, the orders that customerd has heard of, and the statistics over them.
--
-- A customer's id is whatever the shop calls its customers: productd's UUID as text, or "1". Collation "C" compares
-- bytes, which is what the program sorts by, and what locks are therefore taken in.

CREATE TABLE customers (
    id          text COLLATE "C" PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 255),
    name        text CHECK (octet_length(name) <= 320),
    email       text CHECK (octet_length(email) <= 320),
    phone       text CHECK (octet_length(phone) <= 64),
    street      text CHECK (octet_length(street) <= 1000),
    city        text CHECK (octet_length(city) <= 255),
    state       text CHECK (octet_length(state) <= 255),
    zip_code    text CHECK (octet_length(zip_code) <= 32),
    country     text CHECK (octet_length(country) <= 255),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    -- Rises with every change: the entity tag.
    version     bigint NOT NULL DEFAULT 1,
    -- Once set, the row holds no personal data and never gets any again.
    erased_at   timestamptz,
    CHECK (erased_at IS NULL
        OR num_nonnulls(name, email, phone, street, city, state, zip_code, country) = 0)
) WITH (fillfactor = 90);

-- The search by the beginning of a name or an email address, upper and lower case alike. The column itself is included
-- since PostgreSQL reads an index on an expression alone only if it also finds there what the expression is made of.
CREATE INDEX customers_name ON customers (lower(name) COLLATE "C", id) INCLUDE (name) WHERE name IS NOT NULL;
CREATE INDEX customers_email ON customers (lower(email) COLLATE "C", id) INCLUDE (email) WHERE email IS NOT NULL;

-- One row an order, whatever number of events told of it: the primary key is what makes an event take effect once.
-- A row is the join of its events: a fact that any of them states is kept, and where two disagree the greater amount
-- and number and the earlier time stand, so that the order in which they come never matters.
CREATE TABLE customer_orders (
    order_id         uuid PRIMARY KEY,
    customer_id      text COLLATE "C" NOT NULL,
    total_minor      bigint NOT NULL CHECK (total_minor >= 0),
    -- NULL while no event has said how many.
    pieces           bigint CHECK (pieces >= 0),
    ordered_at       timestamptz NOT NULL,
    -- Whether an event said so; otherwise ordered_at is when the first event came.
    ordered_at_known boolean NOT NULL,
    -- When the cancellation was heard of.
    cancelled_at     timestamptz
) WITH (fillfactor = 95, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- A customer's newest orders, and the first and last of all, each without reading more than it shows.
CREATE INDEX customer_orders_recent ON customer_orders (customer_id, ordered_at DESC, order_id DESC);

-- Sums that would cost a customer's whole history to add up. The dates are not here: the index above knows them.
-- Nothing but the primary key is indexed and half of each page is free, so updates stay in their page (HOT), however
-- often one customer orders; what they leave behind is cleaned up early.
CREATE TABLE customer_stats (
    customer_id       text COLLATE "C" PRIMARY KEY,
    -- Orders that stand.
    total_orders      bigint NOT NULL,
    total_spent_minor bigint NOT NULL,
    cancelled_orders  bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
