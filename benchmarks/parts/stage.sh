# shellcheck shell=bash
# What every case stands on: a place with private servers, empty databases with the daemons' tables, and the daemons.
#
# Promises: servers and daemons belong to the case alone, and are gone when it ends, however it does (`trap leave EXIT`).
# fsync and synchronous_commit are on. PostgreSQL is given what anybody who expects load gives it: a quarter of the
# memory for its pages, and room for so much WAL that checkpoints go by time. References run on the same server.

place=
declare -A daemon_pid=() daemon_port=()

# enter: makes the place and starts the servers in it. BENCH_DIRECTORY says on which file system (/var/tmp).
enter() {
    local quarter
    place=$(mktemp -d "${BENCH_DIRECTORY:-/var/tmp}/tradepost-bench-XXXXXX")
    chmod 0711 "$place"
    attend "$root/scripts/servers" up "$place/servers" >"$place/servers.log" 2>&1 ||
        fail "the private servers do not start: $(<"$place/servers.log")"
    # shellcheck source=/dev/null
    . "$place/servers/env"
    # What every libpq finds by itself, so that the password is no argument of any process.
    export PGPASSWORD=$DB_PASSWORD
    quarter=$(awk '/^MemTotal/ { print int($2 / 4096) }' /proc/meminfo)
    sql postgres -c "ALTER SYSTEM SET shared_buffers = '${quarter}MB'" -c "ALTER SYSTEM SET max_wal_size = '16GB'" \
        -c "ALTER SYSTEM SET checkpoint_timeout = '15min'"
    attend "$root/scripts/servers" restart "$place/servers" postgres
}

leave() {
    local status=$? pid file
    trap - EXIT
    trap '' INT TERM HUP PIPE
    set +e
    abandon
    for pid in "${daemon_pid[@]}"; do kill -s KILL "$pid" 2>/dev/null; done
    # Those that a case has joined to the first ones, too.
    for file in "$place"/*/env; do [[ ! -f $file ]] || "$root/scripts/servers" remove "${file%/env}"; done
    [[ -z $place ]] || rm -rf -- "$place"
    exit "$status"
}

sql() {
    psql -qAtX -h "$DB_HOST" -p "$DB_PORT" -U "$DB_USER" -v ON_ERROR_STOP=1 "$@"
}

# connection DATABASE: how libpq is told of it, with what the daemons say to the sessions that write.
connection() {
    echo "host=$DB_HOST port=$DB_PORT user=$DB_USER dbname=$1 options='-c enable_seqscan=off'"
}

# fresh_database PROGRAM DATABASE: empty, with the program's tables.
fresh_database() {
    sql postgres -c 'SET client_min_messages = warning' -c "DROP DATABASE IF EXISTS $2 WITH (FORCE)" \
        -c "CREATE DATABASE $2"
    DB_NAME=$2 LOG_LEVEL=warning "$root/.build/release/$1" migrate >"$place/migrate.log" 2>&1 ||
        fail "$1 migrate failed: $(<"$place/migrate.log")"
}

# An empty queue, and an empty database `bench` with productd's tables, this month's partitions, and 10,000 products
# with tracked stock.
fresh_shop() {
    empty_queue
    fresh_catalogue bench 10000
}

# fresh_catalogue DATABASE PRODUCTS
fresh_catalogue() {
    fresh_database productd "$1"
    sql "$1" -c "
        INSERT INTO products (id, sku, name, price_minor, stock, created_at, updated_at)
        SELECT ('01960000-0000-7000-8a00-' || lpad(i::text, 12, '0'))::uuid, 'SKU-' || i, 'Product ' || i, 1000 + i,
               100000000, now(), now()
        FROM generate_series(1, $2) AS i" -c 'SELECT make_order_partitions(now(), 4)' -c 'VACUUM ANALYZE' >/dev/null
}

# Lets productd declare exchange and queues, for a loop that does not.
declare_queues() {
    [[ -z ${are_declared:-} ]] || return 0
    fresh_shop
    start_daemon productd
    stop_daemon productd
    are_declared=yes
}

# require_queued COUNT: fails unless so many messages are in the queue.
require_queued() {
    await "counting the messages" 10 is_queued "$1" ||
        fail "$1 messages should be in the queue, and there are $(queued)"
}

is_queued() {
    [[ $(queued) == "$1" ]]
}

queued() {
    "$root/.build/release/broker-loop" count
}

# At first there is no queue yet.
empty_queue() {
    "$root/scripts/servers" ctl "$place/servers" rabbitmqctl -q purge_queue order_created >"$place/purge.log" 2>&1 || true
}

# start_daemon NAME NAME=VALUE…: productd on the database `bench`, or customerd on `bench_customers`, and on the private
# broker, with those settings beside. One of several is called productd-1.
start_daemon() {
    local name=$1 program=${1%-[0-9]*} database=bench
    shift
    [[ $program == productd ]] || database=bench_customers
    start_program "$name" "$root/.build/release/$program" "$database" "$@"
}

# start_program NAME PROGRAM DATABASE NAME=VALUE…: a daemon that is called NAME from here on.
start_program() {
    local name=$1 program=$2 database=$3
    shift 3
    daemon_port[$name]=$(free_ports 1)
    env DB_NAME="$database" HTTP_HOST=127.0.0.1 HTTP_PORT="${daemon_port[$name]}" LOG_LEVEL=warning \
        RABBITMQ_URL="$TRADEPOST_TEST_RABBITMQ" ADMIN_SOCKET="$place/$name.sock" "$@" \
        "$program" >"$place/$name.log" 2>&1 &
    daemon_pid[$name]=$!
    await_ready "$name"
}

await_ready() {
    await "waiting for $1" 60 is_gone_or_ready "$1" ||
        fail "$1 is not ready after 60 s; its log: $(<"$place/$1.log")"
    require_daemon "$1"
}

is_gone_or_ready() {
    [[ -z $(started_at "${daemon_pid[$1]}") ]] ||
        curl -fs --noproxy '*' "$(address "$1")/readyz" | grep -q '"status":"ready"'
}

address() {
    echo "http://127.0.0.1:${daemon_port[$1]}"
}

require_daemon() {
    [[ -n $(started_at "${daemon_pid[$1]}") ]] || fail "$1 is gone; its log: $(<"$place/$1.log")"
}

# What it has logged, being warnings at least, is shown: a figure that came about with errors is none. One that does not
# stop in order fails the case.
stop_daemon() {
    local status=0
    kill -s TERM "${daemon_pid[$1]}"
    wait "${daemon_pid[$1]}" || status=$?
    unset "daemon_pid[$1]"
    ((status == 0 || status == 143)) || fail "$1 ended with status $status; its log: $(<"$place/$1.log")"
    [[ ! -s $place/$1.log ]] || say "  $1 logged: $(head -n 5 "$place/$1.log")"
}

# stop_quietly NAME: one whose servers were away meanwhile, so that it has logged what is expected.
stop_quietly() {
    : >"$place/$1.log"
    stop_daemon "$1"
}

# publishing pause|resume
publishing() {
    ask productd "$1" publish
}

# consuming pause|resume
consuming() {
    ask customerd "$1" consume
}

# ask DAEMON COMMAND…: an operator's order.
ask() {
    local tool=${1%-[0-9]*} socket=$place/$1.sock
    tool=${tool/%d/ctl}
    shift
    "$root/.build/release/$tool" --socket "$socket" "$@" >"$place/$tool.out" 2>&1 ||
        fail "$tool $* failed: $(<"$place/$tool.out")"
}

# metric DAEMON SERIES
metric() {
    curl -fsS --noproxy '*' "$(address "$1")/metrics" |
        awk -v series="$2" '$1 == series { value = $2 } END { printf "%d\n", value }'
}

outbox_rows() {
    sql bench -c 'SELECT count(*) FROM outbox'
}

is_drained() {
    [[ $(outbox_rows) == 0 ]]
}

# Whether customerd knows of every order.
are_all_applied() {
    [[ $(sql "bench${SHARD:-}" -c 'SELECT count(*) FROM orders') == \
        $(sql "bench_customers${SHARD:-}" -c 'SELECT count(*) FROM customer_orders') ]]
}

drain() {
    await "waiting until all events are published" 1800 is_drained || fail "the outbox is not drained after 1800 s"
}

# broker METHOD PATH [JSON]: the management API. What is to be deleted may be missing. The password goes through standard
# input, so that it is no argument of a process.
broker() {
    local status body=${3:-}
    body=${body//\"/\\\"}
    status=$(curl -sS --noproxy '*' --max-time 30 -o "$place/broker.out" -w '%{http_code}' -K - <<END
url = "http://127.0.0.1:$RABBITMQ_MANAGEMENT_PORT/api/$2"
user = "$RABBITMQ_USER:$RABBITMQ_PASSWORD"
request = $1
header = "Content-Type: application/json"
data = "$body"
END
    )
    [[ $status == 20? || $1 == DELETE && $status == 404 ]] || fail "$1 $2 was answered $status: $(<"$place/broker.out")"
}

# Brings the servers to rest.
settle() {
    sql postgres -c CHECKPOINT
    sync -f "$place"
}

# resident DAEMON: its memory in KiB, now; the peak is counted anew from here on (proc(5), clear_refs).
resident() {
    echo 5 >"/proc/${daemon_pid[$1]}/clear_refs"
    awk '/^VmRSS/ { print $2 }' "/proc/${daemon_pid[$1]}/status"
}

most_resident() {
    awk '/^VmHWM/ { print $2 }' "/proc/${daemon_pid[$1]}/status"
}
