#!/bin/bash
# The official image's contract: an empty $PGDATA becomes a cluster with the role $POSTGRES_USER, a superuser with the
# password $POSTGRES_PASSWORD or that in $POSTGRES_PASSWORD_FILE, and with the database $POSTGRES_DB, by a server that
# listens on no address yet.

set -euo pipefail

if [[ ${1:-} == postgres && ! -s $PGDATA/PG_VERSION ]]; then
    password=${POSTGRES_PASSWORD:-$(<"$POSTGRES_PASSWORD_FILE")}
    user=${POSTGRES_USER:-postgres}
    chmod 0700 "$PGDATA"
    initdb --username="$user" --pwfile=<(printf '%s\n' "$password")
    printf 'host all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
    pg_ctl -o "-c listen_addresses=''" -w start
    createdb --username="$user" --maintenance-db=postgres "${POSTGRES_DB:-$user}"
    pg_ctl -m fast -w stop
fi
unset POSTGRES_PASSWORD
exec "$@" -c listen_addresses='*'
