-- When an order's first event was applied, for who asks where an order is. NULL for orders from before: adding the
-- default afterwards keeps it from being theirs.
ALTER TABLE customer_orders ADD COLUMN applied_at timestamptz;
ALTER TABLE customer_orders ALTER COLUMN applied_at SET DEFAULT now();
