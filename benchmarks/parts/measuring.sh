# shellcheck shell=bash
# What benchmarks have in common: a place with private servers, a productd on an empty database, the measurements of all
# rounds, and what is known of the machine.
#
# Promises: servers and daemon belong to the run alone, and are gone when it ends, however it does (`trap leave EXIT`).
# Nothing is measured before the outbox is empty and PostgreSQL has written its checkpoint.
# How busy the machine was with what is not the run's is seen in each measurement, and kept with the results.

place=
daemon=
daemon_port=
busiest=0
ticks_before=

# enter: makes the place and starts the servers in it. BENCH_DIRECTORY says on which file system (/var/tmp).
enter() {
    place=$(mktemp -d "${BENCH_DIRECTORY:-/var/tmp}/tradepost-bench-XXXXXX")
    chmod 0711 "$place"
    attend "$root/scripts/servers" up "$place/servers"
    # shellcheck source=/dev/null
    . "$place/servers/env"
}

leave() {
    local status=$?
    trap - EXIT
    trap '' INT TERM HUP PIPE
    set +e
    abandon
    [[ -z $daemon ]] || kill -s KILL "$daemon" 2>/dev/null
    [[ ! -f $place/servers/env ]] || "$root/scripts/servers" remove "$place/servers"
    [[ -z $place ]] || rm -rf -- "$place"
    exit "$status"
}

sql() {
    PGPASSWORD=$DB_PASSWORD psql -qAtX -h "$DB_HOST" -p "$DB_PORT" -U "$DB_USER" -v ON_ERROR_STOP=1 "$@"
}

# An empty queue, which nobody consumes here, and an empty database `bench` with productd's tables, this month's
# partitions, and 10,000 products with tracked stock.
fresh_database() {
    # At first there is no queue yet.
    "$root/scripts/servers" ctl "$place/servers" rabbitmqctl -q purge_queue order_created >"$place/purge.log" 2>&1 || true
    sql postgres -c 'SET client_min_messages = warning' -c 'DROP DATABASE IF EXISTS bench WITH (FORCE)' \
        -c 'CREATE DATABASE bench'
    DB_NAME=bench LOG_LEVEL=warning "$root/.build/release/productd" migrate >"$place/migrate.log" 2>&1 ||
        fail "productd migrate failed: $(<"$place/migrate.log")"
    sql bench -c "
        INSERT INTO products (id, sku, name, price_minor, stock, created_at, updated_at)
        SELECT ('01960000-0000-7000-8a00-' || lpad(i::text, 12, '0'))::uuid, 'SKU-' || i, 'Product ' || i, 1000 + i,
               100000000, now(), now()
        FROM generate_series(1, 10000) AS i" -c 'SELECT make_order_partitions(now(), 4)' -c 'VACUUM ANALYZE' >/dev/null
}

is_gone_or_ready() {
    [[ -z $(started_at "$daemon") ]] ||
        curl -fs --noproxy '*' "http://127.0.0.1:$daemon_port/readyz" | grep -q '"status":"ready"'
}

# start_daemon NAME=VALUE…: productd on that database and the private broker, with those settings beside.
start_daemon() {
    daemon_port=$(free_ports 1)
    env DB_NAME=bench HTTP_HOST=127.0.0.1 HTTP_PORT="$daemon_port" RABBITMQ_URL="$TRADEPOST_TEST_RABBITMQ" \
        LOG_LEVEL=warning "$@" "$root/.build/release/productd" >"$place/productd.log" 2>&1 &
    daemon=$!
    await "waiting for productd" 60 is_gone_or_ready ||
        fail "productd is not ready after 60 s; its log: $(<"$place/productd.log")"
    require_daemon
}

require_daemon() {
    [[ -n $(started_at "$daemon") ]] || fail "productd is gone; its log: $(<"$place/productd.log")"
}

stop_daemon() {
    settle
    kill -s TERM "$daemon"
    wait "$daemon" || true
    daemon=
}

is_drained() {
    [[ $(sql bench -c 'SELECT count(*) FROM outbox') == 0 ]]
}

# Brings servers and daemon to rest.
settle() {
    if [[ -n $daemon ]]; then
        await "waiting until all events are published" 1800 is_drained || fail "the outbox is not drained after 1800 s"
    fi
    sql postgres -c CHECKPOINT
    sync -f "$place"
}

# metric SERIES: one of the daemon's.
metric() {
    curl -fsS --noproxy '*' "http://127.0.0.1:$daemon_port/metrics" | awk -v series="$1" '$1 == series { print $2 }'
}

# The daemon's resident memory in KiB, now; the peak is counted anew from here on (proc(5), clear_refs).
resident_at_rest() {
    sleep 2
    echo 5 >"/proc/$daemon/clear_refs"
    awk '/^VmRSS/ { print $2 }' "/proc/$daemon/status"
}

most_resident() {
    awk '/^VmHWM/ { print $2 }' "/proc/$daemon/status"
}

# All ticks of the processors, the idle ones, and those that servers, daemon and this script have used, with the
# children that they have waited for (proc(5), stat).
ticks() {
    local pidfile pid
    awk '/^cpu / { for (i = 2; i <= 9; i++) all += $i; printf "%d %d ", all, $5 + $6 }' /proc/stat
    {
        # A process that ends while it is looked at is no failure.
        family $$ || true
        for pidfile in "$place"/servers/run/*.pid; do family "$(pid_of "$pidfile")" || true; done
    } | while read -r pid; do cat "/proc/$pid/stat" 2>/dev/null || true; done | sed 's/.*) //' |
        awk '{ own += $12 + $13 + $14 + $15 } END { print own }'
}

begin_measuring() {
    ticks_before=$(ticks)
}

# end_measuring CASE WHAT: notes how many per cent of the machine others have used since begin_measuring.
end_measuring() {
    local now others
    now=$(ticks)
    others=$(awk '{ printf "%d", 100 * (1 - ($5 - $2 + $6 - $3) / ($4 - $1)) }' <<<"$ticks_before $now")
    note "$1" "$2OthersPercent" "$others"
    ((others <= busiest)) || busiest=$others
}

# note CASE WHAT NUMBER: one measurement.
note() {
    printf '%s\t%s\t%s\n' "$@" >>"$place/measurements"
}

# median CASE WHAT: of all rounds.
median() {
    awk -F '\t' -v case="$1" -v what="$2" '$1 == case && $2 == what { print $3 }' "$place/measurements" | sort -g |
        awk '{ value[NR] = $1 } END { print (value[int((NR + 1) / 2)] + value[int(NR / 2) + 1]) / 2 }'
}

processor() {
    sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1
}

# The machine and the programs, as one JSON object.
machine() {
    jq -nc --arg processor "$(processor)" --argjson cores "$(nproc)" \
        --argjson memoryMiB "$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" \
        --arg kernel "$(uname -r)" --arg fileSystem "$(stat -f -c %T "$place")" \
        --arg postgres "$(sql postgres -c 'SHOW server_version')" \
        --arg commit "$(git -C "$root" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)" '$ARGS.named'
}

# save NAME: all measurements with their medians, as benchmarks/results/<date>-<processor>-<name>.json.
save() {
    local file
    file=$root/benchmarks/results/$(date -u +%F)-$(processor | tr -cs '[:alnum:]' - | sed 's/-*$//')-$1.json
    mkdir -p -- "$root/benchmarks/results"
    jq -Rn --arg at "$(date -u +%FT%TZ)" --argjson machine "$(machine)" --argjson others "$busiest" '
        [inputs / "\t" | {case: .[0], what: .[1], number: (.[2] | tonumber)}]
        | group_by(.case)
        | map({(.[0].case): (group_by(.what) | map({(.[0].what): {
            median: (map(.number) | sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2),
            rounds: map(.number)}}) | add)}) | add
        | {at: $at, machine: $machine, busyWithOthersPercent: $others, wasBusy: ($others > 15), cases: .}
        ' "$place/measurements" >"$file"
    say "written to ${file#"$root/"}"
}
