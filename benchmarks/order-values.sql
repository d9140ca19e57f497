-- What an order of pgbench is made of, in front of orders.sql and orders-by-statement.sql.
\set count random(1, 3)
\set product1 random(1, 10000)
\set product2 random(1, 10000)
\set product3 random(1, 10000)
\set quantity1 random(1, 3)
\set quantity2 random(1, 3)
\set quantity3 random(1, 3)
\set customer random(0, 4999)
\set shard :client_id % 64
\set random1 random(0, 4095)
\set random2 random(0, 1152921504606846975)
\set random3 random(0, 1152921504606846975)
