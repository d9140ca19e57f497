# shellcheck shell=bash
# Whether nothing that was accepted is lost, and nothing took effect twice: order by order, over both databases.
#
# Promises: fails with the first orders that differ. What is compared was all written by loads that only place orders. The
# databases are `bench` and `bench_customers`; those of one shard of several if SHARD says which.

# require_applied_once [FILE]: fails unless customerd has applied exactly the orders that productd has, each with the same
# customer and total; unless every customer's statistics are the sums of their orders, and every product's stock is what
# its sales leave. FILE has the ids of the orders that were answered 201, one a line: exactly those have to be there.
require_applied_once() {
    local wrong
    sql "bench${SHARD:-}" -c "COPY (SELECT id, customer_id, total_minor FROM orders ORDER BY id) TO STDOUT" >"$place/orders"
    sql "bench_customers${SHARD:-}" -c "
        COPY (SELECT order_id, customer_id, total_minor FROM customer_orders ORDER BY order_id) TO STDOUT" >"$place/applied"
    require_equal "accepted and applied orders" "$place/orders" "$place/applied"
    if [[ -n ${1:-} ]]; then
        LC_ALL=C sort "$1" >"$place/answered"
        cut -f 1 "$place/orders" >"$place/stored"
        require_equal "orders answered 201 and orders in the database" "$place/answered" "$place/stored"
    fi
    wrong=$(sql "bench_customers${SHARD:-}" -c "
        WITH sums AS (
            SELECT customer_id, count(*) AS orders, sum(total_minor) AS spent FROM customer_orders GROUP BY customer_id
        )
        SELECT count(*) FROM sums FULL JOIN customer_stats AS s USING (customer_id)
        WHERE (orders, spent) IS DISTINCT FROM (s.total_orders, s.total_spent_minor)")
    ((wrong == 0)) || fail "the statistics of $wrong customers are not the sums of their orders"
    wrong=$(sql "bench${SHARD:-}" -c "
        WITH sales AS (
            SELECT (item ->> 'productId')::uuid AS id, sum((item ->> 'quantity')::integer) AS sold
            FROM orders, jsonb_array_elements(items) AS item GROUP BY 1
        )
        SELECT count(*) FROM products LEFT JOIN sales USING (id) WHERE stock <> 100000000 - coalesce(sold, 0)")
    ((wrong == 0)) || fail "the stock of $wrong products is not what their sales leave"
}

# require_equal WHAT FILE FILE
require_equal() {
    local difference
    difference=$(diff "$2" "$3" || true)
    [[ -z $difference ]] ||
        fail "$1 are not the same; $(grep -c '^<' <<<"$difference") and $(grep -c '^>' <<<"$difference") have no match:" \
            "$(head -n 5 <<<"$difference")"
}

# await_applied: until customerd has all that productd has.
await_applied() {
    await "waiting for the statistics" "${1:-120}" are_all_applied || fail "customerd has not applied all events"
}

# have_applied EVENTS COUNT: whether customerd-1 to customerd-COUNT have applied so many between them.
have_applied() {
    local number sum=0
    for ((number = 1; number <= $2; number++)); do sum=$((sum + $(applied_by "$number"))); done
    ((sum >= $1))
}

# applied_by NUMBER: how many events customerd-NUMBER has applied.
applied_by() {
    metric "customerd-$1" 'order_events_total{outcome="applied"}'
}
