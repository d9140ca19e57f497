# shellcheck shell=bash
# A private PostgreSQL cluster in $place/postgres: 127.0.0.1 and a socket there, password by SCRAM, durable as in
# production (fsync and synchronous_commit on), up to 1000 connections.
#
# Promises: the newest PostgreSQL under /usr/lib/postgresql is used for a new cluster, the one that made it
# afterwards. A cluster appears whole or not at all. No system cluster is read or touched.
# Fails with one line if PostgreSQL is not installed, or no longer in the version that made the cluster.

postgres_account=$(account_for postgres)

postgres_ports() {
    echo "$DB_PORT"
}

postgres_programs() {
    local version newest
    version=$(as_account "$postgres_account" cat "$place/postgres/data/PG_VERSION" 2>/dev/null || true)
    if [[ -n $version && -x /usr/lib/postgresql/$version/bin/postgres ]]; then
        echo "/usr/lib/postgresql/$version/bin"
        return
    fi
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [[ -x $newest/initdb ]] || newest=$(pg_config --bindir 2>/dev/null || true)
    [[ -x $newest/initdb ]] || fail "PostgreSQL is not installed; scripts/install-missing installs it"
    if [[ -n $version && $("$newest/postgres" --version) != *" $version"* ]]; then
        fail "the cluster in $place/postgres was made by PostgreSQL $version, which is no longer installed;" \
            "install postgresql-$version, or \`scripts/servers remove $directory\` to begin anew"
    fi
    echo "$newest"
}

postgres_create() {
    local programs=$1 home=$place/postgres
    as_account "$postgres_account" rm -rf "$home/data.new"
    as_account "$postgres_account" tee "$home/password" >/dev/null <<<"$DB_PASSWORD"
    as_account "$postgres_account" "$programs/initdb" --pgdata="$home/data.new" --username=postgres \
        --auth=scram-sha-256 --pwfile="$home/password" --encoding=UTF8 --locale=C.UTF-8 --no-sync \
        >>"$log/postgres.log" 2>&1 </dev/null || {
        end_of "$log/postgres.log"
        fail "initdb could not make a cluster in $home (its last words are above)"
    }
    as_account "$postgres_account" rm "$home/password"
    # Moved into place when it is complete, so that an interrupted initdb leaves nothing that looks like a cluster.
    as_account "$postgres_account" mv "$home/data.new" "$home/data"
}

# A copy of the cluster that JOINED has, which goes on following it: a standby, named "standby" to its primary, which
# keeps what it has not fetched yet in the slot "standby".
postgres_copy() {
    local programs=$1 home=$place/postgres port
    # shellcheck source=/dev/null
    port=$(. "$JOINED/env" && echo "$DB_PORT")
    as_account "$postgres_account" rm -rf "$home/data.new"
    PGPASSWORD=$DB_PASSWORD as_account "$postgres_account" "$programs/pg_basebackup" --pgdata="$home/data.new" \
        --dbname="host=127.0.0.1 port=$port user=$DB_USER application_name=standby" --checkpoint=fast \
        --write-recovery-conf --create-slot --slot=standby >>"$log/postgres.log" 2>&1 </dev/null || {
        end_of "$log/postgres.log"
        fail "pg_basebackup could not copy the cluster in $JOINED (its last words are above)"
    }
    as_account "$postgres_account" mv "$home/data.new" "$home/data"
}

postgres_configure() {
    as_account "$postgres_account" tee "$place/postgres/data/postgresql.conf" >/dev/null <<END
# Written by scripts/servers at every start. ALTER SYSTEM is kept, in postgresql.auto.conf.
listen_addresses = '127.0.0.1'
port = $DB_PORT
unix_socket_directories = '$place/postgres'
max_connections = 1000
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a '
cluster_name = 'tradepost'
END
}

# A killed postmaster stays as a zombie for as long as the system's first process lets it (in a container often for
# ever), and PostgreSQL takes a zombie for a running server. Without any process in the cluster its files are stale.
postgres_forget_the_dead() {
    local data=$place/postgres/data
    [[ -z $(find /proc/[0-9]*/cwd -lname "$data" -print -quit 2>/dev/null) ]] || return 0
    as_account "$postgres_account" rm -f "$data/postmaster.pid" "$place/postgres/.s.PGSQL.$DB_PORT.lock"
}

postgres_start() {
    local programs
    programs=$(postgres_programs)
    make_home postgres "$postgres_account"
    as_account "$postgres_account" test -d "$place/postgres/data" ||
        if [[ -z $JOINED ]]; then postgres_create "$programs"; else postgres_copy "$programs"; fi
    postgres_configure
    postgres_forget_the_dead
    start "$run/postgres.pid" "$log/postgres.log" "$postgres_account" "$programs/postgres" -D "$place/postgres/data"
}

# Fast: sessions are ended, what was committed is checkpointed.
postgres_stop() {
    end INT "$run/postgres.pid" 30 "stopping PostgreSQL"
}

postgres_is_ready() {
    is_listening "$DB_PORT" && "$(postgres_programs)/pg_isready" -q -h 127.0.0.1 -p "$DB_PORT"
}

postgres_ctl() {
    local program=$1
    shift
    PGHOST=127.0.0.1 PGPORT=$DB_PORT PGUSER=$DB_USER PGPASSWORD=$DB_PASSWORD PGDATABASE=${PGDATABASE:-postgres} \
        "$(postgres_programs)/$program" "$@"
}
