# shellcheck shell=bash
# The loads that several cases share: orders over HTTP from wrk, and the same orders from pgbench.
#
# Promises: a figure is noted only if every request was answered 201, and as many orders are in the database as were
# answered. Before the clock starts each load has run for $warm_up s, with its connections and prepared statements.

duration=${DURATION:-20}
warm_up=${WARM_UP:-3}

# answer MEMBER: of the JSON that a load has printed as its last line.
answer() {
    tail -n 1 "$place/output" | jq -rc ".$1"
}

# place_orders CASE WHAT CONNECTIONS URL [hot] [keyed|unkeyed]: orders from so many connections, each waiting for its
# answer; notes orders a second and milliseconds.
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

# wrk_orders TEXT SECONDS CONNECTIONS URL WORD…
wrk_orders() {
    local text=$1 seconds=$2 connections=$3 url=$4
    shift 4
    timed "$text" wrk --threads 2 --connections "$connections" --duration "${seconds}s" --timeout 10s \
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

# pgbench_orders CASE WHAT CLIENTS: one order a transaction from so many clients; notes orders a second.
pgbench_orders() {
    local count
    run_pgbench "$1: warming up" "$3" "$warm_up"
    begin_measuring
    run_pgbench "$1: $2" "$3" "$duration"
    count=$(sed -n 's/^number of transactions actually processed: //p' "$place/output")
    ((count > 0)) || fail "$1: pgbench did not finish a transaction within $duration s: a longer DURATION is needed"
    end_measuring "$1" "$2" "$count"
    note "$1" "$2" "$(awk '/^tps = / { printf "%d", $3 }' "$place/output")"
    note "$1" "$2, mean ms" "$(awk '/^latency average = / { print $4 }' "$place/output")"
    require_stored "$count"
}

# run_pgbench TEXT CLIENTS SECONDS
run_pgbench() {
    timed "$1" "$root/scripts/servers" ctl "$place/servers" pgbench --no-vacuum --protocol prepared \
        --client "$2" --jobs 2 --time "$3" --file "$benchmarks/orders.sql" bench ||
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
