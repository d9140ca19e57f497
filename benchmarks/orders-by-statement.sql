-- The order of orders.sql as an application writes it: BEGIN, one statement after the other, COMMIT, each a round trip.
-- What the application would do in its memory (prices, the sum, the event's JSON) the statements do here.
BEGIN;
SELECT sum(price_minor * item.quantity)::bigint AS total_minor,
       jsonb_agg(jsonb_build_object('productId', id, 'name', name, 'quantity', item.quantity,
                                    'price', round(price_minor / 100.0, 2)))::text AS items,
       lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
           || lpad(to_hex(:random1::bigint), 3, '0') || '8' AS version7
FROM (SELECT ('01960000-0000-7000-8a00-' || lpad(number, 12, '0'))::uuid AS id, quantity
      FROM (VALUES (1, :product1::text, :quantity1::integer), (2, :product2::text, :quantity2::integer),
                   (3, :product3::text, :quantity3::integer)) AS asked (place, number, quantity)
      WHERE place <= :count::integer) AS item
JOIN (SELECT id, name, price_minor
      FROM products
      WHERE id = ANY (ARRAY[('01960000-0000-7000-8a00-' || lpad(:product1::text, 12, '0'))::uuid,
                            ('01960000-0000-7000-8a00-' || lpad(:product2::text, 12, '0'))::uuid,
                            ('01960000-0000-7000-8a00-' || lpad(:product3::text, 12, '0'))::uuid])
        AND archived_at IS NULL
      ORDER BY id
      FOR NO KEY UPDATE) AS product USING (id) \gset
INSERT INTO orders (id, customer_id, status, total_minor, currency, created_at, updated_at, items, details,
                    source, request_id, traceparent)
VALUES ((:version7::text || lpad(to_hex(:random2::bigint), 15, '0'))::uuid,
        ('01960000-0000-7000-8c00-' || lpad(:customer::text, 12, '0'))::uuid, 'CREATED', :total_minor::bigint, 'USD',
        now(), now(), :items::jsonb, '{}', 'http', '1efc5a673093b53c416607bf4a677abd',
        '00-1efc5a673093b53c416607bf4a677abd-00f067aa0ba902b7-01');
UPDATE products
SET stock = products.stock - wanted.quantity, version = version + 1, updated_at = now()
FROM (SELECT ('01960000-0000-7000-8a00-' || lpad(number, 12, '0'))::uuid AS id, sum(quantity)::integer AS quantity
      FROM (VALUES (1, :product1::text, :quantity1::integer), (2, :product2::text, :quantity2::integer),
                   (3, :product3::text, :quantity3::integer)) AS asked (place, number, quantity)
      WHERE place <= :count::integer
      GROUP BY 1) AS wanted
WHERE products.id = wanted.id;
UPDATE order_counters SET orders = orders + 1 WHERE shard = :shard::smallint;
INSERT INTO outbox (event_id, order_id, event_type, body, request_id, traceparent, created_at)
SELECT (:version7::text || lpad(to_hex(:random3::bigint), 15, '0'))::uuid, id, 'order_created',
       '{"pattern":"order_created","data":{"id":"' || id || '","customerId":"' || customer_id || '","items":' || items
           || ',"total":' || round(total_minor / 100.0, 2) || ',"currency":"USD","status":"CREATED","createdAt":'
           || to_json(created_at)::text || ',"updatedAt":' || to_json(created_at)::text || ',"orderId":"' || id
           || '","amount":' || round(total_minor / 100.0, 2) || ',"version":1}}',
       request_id, traceparent, created_at
FROM (VALUES ((:version7::text || lpad(to_hex(:random2::bigint), 15, '0'))::uuid,
              ('01960000-0000-7000-8c00-' || lpad(:customer::text, 12, '0'))::uuid, :total_minor::bigint, :items::text,
              now(), '1efc5a673093b53c416607bf4a677abd', '00-1efc5a673093b53c416607bf4a677abd-00f067aa0ba902b7-01'))
     AS placed (id, customer_id, total_minor, items, created_at, request_id, traceparent);
COMMIT;
