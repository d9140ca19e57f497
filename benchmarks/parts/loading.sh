# shellcheck shell=bash
# The loads that several cases share: orders over HTTP from wrk, and the same orders from pgbench.
#
# Promises: a figure is noted only if every request was answered 201, and as many orders are in the database as were
# answered. Before the clock starts each load has run for $warm_up s, with its connections and prepared statements.

duration=${DURATION:-20}
warm_up=${WARM_UP:-3}
wrk_threads=2

# answer MEMBER: of the JSON that a load has printed as its last line.
answer() {
    tail -n 1 "$place/output" | jq -rc ".$1"
}

# place_orders CASE WHAT CONNECTIONS URL WORD…: orders from so many connections, each waiting for its answer; notes orders
# a second and milliseconds. The words are those of orders.lua.
place_orders() {
    local of=$1 what=$2 connections=$3 url=$4 requests
    shift 4
    wrk_orders "$of: warming up" "$warm_up" "$connections" "$url" "$@"
    begin_measuring
    wrk_orders "$of: $what" "$duration" "$connections" "$url" "$@"
    requests=$(answer requests)
    end_measuring "$of" "$what" "$requests"
    note "$of" "$what" "$(answer 'requests / .seconds | floor')"
    note "$of" "$what, p50 ms" "$(answer p50)"
    note "$of" "$what, p99 ms" "$(answer p99)"
}

# read_pages CASE WHAT URL: the same page again and again on one connection, for three seconds; notes the milliseconds of
# half of them.
read_pages() {
    timed "$1: $2" wrk --threads 1 --connections 1 --duration 3s --script "$benchmarks/pages.lua" "$3" ||
        fail "wrk failed: $(<"$place/output")"
    [[ $(answer 'refused + .broken') == 0 ]] || fail "$1: $3 was not always answered 200: $(tail -n 1 "$place/output")"
    note "$1" "$2" "$(answer p50)"
}

# wrk_orders TEXT SECONDS CONNECTIONS URL WORD…
wrk_orders() {
    local text=$1 seconds=$2 connections=$3 url=$4
    shift 4
    timed "$text" wrk --threads "$wrk_threads" --connections "$connections" --duration "${seconds}s" --timeout 10s \
        --script "$benchmarks/orders.lua" "$url/orders" -- "$@" || fail "wrk failed: $(<"$place/output")"
    [[ $(answer 'refused + .broken') == 0 ]] ||
        fail "$text: not every order was answered 201: $(tail -n 1 "$place/output"); by status:" \
            "$(curl -fsS --noproxy '*' "$url/metrics" | grep '^http_requests_total.*POST.*"/orders"')"
}

# offer_orders CASE WHAT RATE SECONDS URL [--watch URL]: orders at a steady rate; notes milliseconds.
offer_orders() {
    local of=$1 what=$2 rate=$3 seconds=$4 url=$5
    shift 5
    bench "$of: warming up" offer --url "$url" --rate "$rate" --seconds "$warm_up" "$@"
    begin_measuring
    bench "$of: $what" offer --url "$url" --rate "$rate" --seconds "$seconds" "$@"
    end_measuring "$of" "$what" "$((rate * seconds))"
    [[ $(answer refused) == "{}" ]] || fail "$of: not every order was answered 201: $(tail -n 1 "$place/output")"
    note "$of" "$what, orders/s" "$(answer 'requests / .seconds | floor')"
    note "$of" "$what, p50 ms" "$(answer p50)"
    note "$of" "$what, p90 ms" "$(answer p90)"
    note "$of" "$what, p99 ms" "$(answer p99)"
    note "$of" "$what, p999 ms" "$(answer p999)"
    note "$of" "$what, max ms" "$(answer max)"
}

# require_stored COUNT: fails unless so many orders are in the database, or more.
require_stored() {
    local stored
    stored=$(sql bench -c 'SELECT count(*) FROM orders')
    ((stored >= $1)) || fail "$1 orders were answered 201, and $stored are in the database"
    [[ $(sql bench -c 'SELECT sum(orders) FROM order_counters') == "$stored" ]] || fail "the order counters are wrong"
}

# pgbench_orders CASE WHAT CLIENTS SCRIPT: one order a transaction from so many clients; notes orders a second.
pgbench_orders() {
    local count
    run_pgbench "$1: warming up" "$3" "$warm_up" "$4"
    begin_measuring
    run_pgbench "$1: $2" "$3" "$duration" "$4"
    count=$(sed -n 's/^number of transactions actually processed: //p' "$place/output")
    ((count > 0)) || fail "$1: pgbench did not finish a transaction within $duration s: a longer DURATION is needed"
    end_measuring "$1" "$2" "$count"
    note "$1" "$2" "$(awk '/^tps = / { printf "%d", $3 }' "$place/output")"
    note "$1" "$2, mean ms" "$(awk '/^latency average = / { print $4 }' "$place/output")"
    require_stored "$count"
}

# fill_orders DATABASE COUNT [MONTHS]: so many orders of 5,000 customers, spread evenly over the last 12 months, or so many,
# in steps of at most 500,000; nothing of them in the outbox.
fill_orders() {
    local first step=500000 months=${3:-12}
    sql "$1" -c "SELECT make_order_partitions(now() - interval '$months months', $months + 4)" >/dev/null
    for ((first = 0; first < $2; first += step)); do
        progress "orders in $1, of $2: $first" 0
        sql "$1" -c "SET synchronous_commit = off" -c "
            INSERT INTO orders (id, customer_id, status, total_minor, currency, created_at, updated_at, items, details,
                                source)
            SELECT (substr(first_uuid_of(at)::text, 1, 14) || '7' || substr(md5(i::text), 1, 3) || '-8'
                        || substr(md5(i::text), 4, 3) || '-' || substr(md5(i::text), 7, 12))::uuid,
                   ('01960000-0000-7000-8c00-' || lpad((i % 5000)::text, 12, '0'))::uuid, 'CREATED', 1000 + i % 9000,
                   'USD', at, at,
                   jsonb_build_array(jsonb_build_object(
                       'productId', '01960000-0000-7000-8a00-' || lpad((1 + i % 10000)::text, 12, '0'),
                       'name', 'Product ' || (1 + i % 10000), 'quantity', 1, 'price', 10 + i % 90)), '{}', 'http'
            FROM (SELECT i, now() - interval '1 month' * $months * ($2 - i) / $2 AS at
                  FROM generate_series($first, least($first + $step, $2) - 1) AS i) AS placed"
    done
    clear_progress
    sql "$1" -c "UPDATE order_counters SET orders = $2 WHERE shard = 0" -c 'VACUUM ANALYZE'
}

# write_orders COUNT CUSTOMERS: so many orders of so many customers in the database `bench`, each with its event in the
# outbox, as if productd had taken them just now.
write_orders() {
    sql bench -c "
        WITH clock AS MATERIALIZED (
            SELECT now() AS at, to_json(now())::text AS text, substr(first_uuid_of(now())::text, 1, 14) || '7' AS version_7
        ), placed AS (
            INSERT INTO orders (id, customer_id, status, total_minor, currency, created_at, updated_at, items, details,
                                source)
            SELECT (version_7 || substr(md5(i::text), 1, 3) || '-8' || substr(md5(i::text), 4, 3) || '-'
                        || substr(md5(i::text), 7, 12))::uuid,
                   ('01960000-0000-7000-8c00-' || lpad((i % $2)::text, 12, '0'))::uuid, 'CREATED',
                   1001 + i % 10000, 'USD', at, at,
                   jsonb_build_array(jsonb_build_object(
                       'productId', '01960000-0000-7000-8a00-' || lpad((1 + i % 10000)::text, 12, '0'),
                       'name', 'Product ' || (1 + i % 10000), 'quantity', 1,
                       'price', round((1001 + i % 10000) / 100.0, 2))), '{}', 'http'
            FROM generate_series(1, $1) AS i, clock
            RETURNING *
        ), counted AS (
            UPDATE order_counters SET orders = orders + $1 WHERE shard = 0
        ), sold AS (
            UPDATE products SET stock = stock - sold.quantity
            FROM (SELECT 1 + i % 10000 AS number, count(*)::integer AS quantity FROM generate_series(1, $1) AS i GROUP BY 1)
                 AS sold
            WHERE id = ('01960000-0000-7000-8a00-' || lpad(number::text, 12, '0'))::uuid
        )
        INSERT INTO outbox (event_id, order_id, event_type, body, created_at)
        SELECT gen_random_uuid(), id, 'order_created',
               '{\"pattern\":\"order_created\",\"data\":{\"id\":\"' || id || '\",\"customerId\":\"' || customer_id
                   || '\",\"items\":' || items || ',\"total\":' || round(total_minor / 100.0, 2)
                   || ',\"currency\":\"USD\",\"status\":\"CREATED\",\"createdAt\":' || text || ',\"updatedAt\":' || text
                   || ',\"orderId\":\"' || id || '\",\"amount\":' || round(total_minor / 100.0, 2) || ',\"version\":1}}', at
        FROM placed, clock"
}

# run_pgbench TEXT CLIENTS SECONDS SCRIPT
run_pgbench() {
    # One pgbench script includes no other.
    cat "$benchmarks/order-values.sql" "$benchmarks/$4" >"$place/script.sql"
    timed "$1" "$root/scripts/servers" ctl "$place/servers" pgbench --no-vacuum --protocol prepared \
        --client "$2" --jobs 2 --time "$3" --file "$place/script.sql" bench ||
        fail "pgbench failed: $(tail -n 5 "$place/output")"
    grep -q '^number of failed transactions: 0 ' "$place/output" || fail "$1: transactions failed: $(<"$place/output")"
}

# bench TEXT COMMAND…: one of tradepost-bench's commands, with its output in $place/output.
bench() {
    local text=$1
    shift
    timed "$text" "$root/.build/release/tradepost-bench" "$@" || fail "tradepost-bench $1 failed: $(<"$place/output")"
}

# await_count TEXT DAEMON SERIES NUMBER: waits until that metric has come so far.
await_count() {
    bench "$1" await-metric "$(address "$2")" "$3" "$4"
}

# measure_transactions CASE WHAT COUNT [--external-ids]: the order transaction in a bare libpq loop; notes orders a
# second.
measure_transactions() {
    settle
    begin_measuring
    bench "$1: the bare loop" transactions --orders "$3" "${@:4}" --database "$(connection bench)"
    end_measuring "$1" "$2" "$3"
    note "$1" "$2" "$(awk 'END { print $NF }' "$place/output")"
    require_stored "$3"
}

# rate COUNT BEGAN ENDED: a second.
rate() {
    awk -v count="$1" -v began="$2" -v ended="$3" 'BEGIN { printf "%d", count / (ended - began) }'
}

# milliseconds BEGAN ENDED
milliseconds() {
    awk -v began="$1" -v ended="$2" 'BEGIN { printf "%d", 1000 * (ended - began) }'
}

# begin_placing RATE SECONDS URL: orders at a steady rate in the background, each sent again with its key until it is
# accepted (place-orders).
begin_placing() {
    "$benchmarks/parts/place-orders" "$3" "$1" "$2" >"$place/accepted" 2>"$place/output" &
    attended=$!
}

# end_placing TEXT: waits until every order is accepted; the ids are in $place/accepted-ids then.
end_placing() {
    local result=0
    await "$1" 300 attended_has_ended || fail "$1: the load does not end"
    wait "$attended" || result=$?
    attended=
    ((result == 0)) || fail "$1: the load failed: $(<"$place/output")"
    cut -f 1 "$place/accepted" >"$place/accepted-ids"
}

# note_accepted CASE WHAT BEGAN: what the clients of begin_placing saw from then on.
note_accepted() {
    note "$1" "$2, accepted" "$(wc -l <"$place/accepted")"
    note "$1" "$2, sent more than once" "$(awk '$4 > 1 { count++ } END { print count + 0 }' "$place/accepted")"
    note "$1" "$2, longest to 201 ms" "$(awk -v began="$3" '
        $3 >= began && $3 - $2 > longest { longest = $3 - $2 } END { printf "%d", 1000 * longest }' "$place/accepted")"
    note "$1" "$2, none accepted for ms" "$(cut -f 3 "$place/accepted" | longest_gap "$3")"
}

# longest_time_without_applying BEGAN: milliseconds from one transaction of customerd to the next, from then on.
longest_time_without_applying() {
    sql bench_customers -c "SELECT DISTINCT extract(epoch FROM applied_at) FROM customer_orders" | longest_gap "$1"
}

# longest_gap BEGAN: milliseconds between two of the times on standard input that lie next to one another, the second of
# them not before then.
longest_gap() {
    sort -g | awk -v began="$1" '
        NR > 1 && $1 >= began && $1 - last > longest { longest = $1 - last }
        { last = $1 }
        END { printf "%d", 1000 * longest }'
}
