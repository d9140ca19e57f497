# shellcheck shell=bash
# productd and customerd beside their private servers: their databases, roles and broker users, their settings
# ($state/NAME.env, mode 0600), and the two processes.
#
# Promises: nothing but those settings reaches a daemon: not the caller's environment, not a .env of the working
# directory, not /etc/tradepost. They listen on 127.0.0.1 only, unless HTTP_HOST says otherwise. A daemon is stopped
# with SIGTERM and given the time that it takes to finish what it has accepted.

daemons=(productd customerd)

daemon_port() {
    case $1 in
    productd) echo "${PRODUCTD_PORT:-3001}" ;;
    customerd) echo "${CUSTOMERD_PORT:-3002}" ;;
    esac
}

daemon_database() {
    case $1 in
    productd) echo products_db ;;
    customerd) echo customers_db ;;
    esac
}

# Before the long steps: a port that somebody listens on is named, with whoever that is if it can be seen.
require_free_ports() {
    local daemon port holder variable
    for daemon in "${daemons[@]}"; do
        port=$(daemon_port "$daemon")
        variable=${daemon^^}_PORT
        [[ $port =~ ^[1-9][0-9]{0,4}$ && $port -lt 65536 ]] || fail "$variable is \"$port\", which is no port"
        if daemon_is_running "$daemon" || ! is_listening "$port"; then continue; fi
        holder=$(listener "$port")
        fail "port $port, which $daemon needs, is taken by ${holder:-a process of another user}; stop that," \
            "or choose another port: $variable=$(free_ports 1) behind make run or make up"
    done
    [[ $(daemon_port productd) != "$(daemon_port customerd)" ]] || fail "PRODUCTD_PORT and CUSTOMERD_PORT are the same"
}

# Makes what a daemon needs in the servers, or leaves it as it is, and writes its settings.
provide_for() {
    local daemon=$1 database password file=$state/$1.env
    database=$(daemon_database "$daemon")
    if [[ -s $file ]]; then
        password=$(sed -n "s/^DB_PASSWORD='\(.*\)'$/\1/p" "$file")
    else
        password=$(head -c 18 /dev/urandom | base64 | tr '+/' '-_')
    fi
    provide_database "$daemon" "$database" "$password"
    provide_broker_user "$daemon" "$password"
    echo '{}' >"$state/$daemon.json"
    rm -f -- "$file"
    (umask 077 && cat >"$file") <<END
# The settings that \`make run\` and \`make up\` start $daemon with; \`$daemon check-config\` explains them.
TRADEPOST_CONFIG='$state/$daemon.json'
HTTP_HOST='${HTTP_HOST:-127.0.0.1}'
HTTP_PORT=$(daemon_port "$daemon")
DB_HOST=127.0.0.1
DB_PORT=$DB_PORT
DB_NAME=$database
DB_USER=$daemon
DB_PASSWORD='$password'
RABBITMQ_URL='amqp://$daemon:$password@127.0.0.1:$RABBITMQ_PORT'
$(daemon_admin_sockets "$daemon")
$(daemon_own_settings "$daemon")
LOG_FORMAT=${LOG_FORMAT:-auto}
LOG_LEVEL=${LOG_LEVEL:-info}
END
}

# A socket's path may have 107 bytes (unix(7)): a checkout that lies deeper has none.
daemon_admin_sockets() {
    local directory=$state/run
    ((${#directory} > 90)) && return
    printf '%s\n' "ADMIN_SOCKET='$directory/$1.sock'" "PRODUCTD_ADMIN_SOCKET='$directory/productd.sock'" \
        "CUSTOMERD_ADMIN_SOCKET='$directory/customerd.sock'"
}

daemon_own_settings() {
    [[ $1 != productd ]] || printf '%s\n' "SPOOL_DIRECTORY='$state/spool'" "SPOOL_PARTNERS='demo settle=rename'"
}

provide_database() {
    "$here/servers" ctl "$state" psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 <<END
SET client_min_messages = warning;
SELECT 'CREATE ROLE $1 LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$1') \gexec
ALTER ROLE $1 PASSWORD '$3';
SELECT 'CREATE DATABASE $2 OWNER $1' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$2') \gexec
END
}

provide_broker_user() {
    broker_put "users/$1" "{\"password\": \"$2\", \"tags\": \"\"}"
    broker_put "permissions/%2F/$1" '{"configure": ".*", "write": ".*", "read": ".*"}'
}

# The request goes through standard input, so that no password stands among the arguments of a process.
broker_put() {
    curl -fsS --noproxy '*' --max-time 30 -K - <<END
url = "http://127.0.0.1:$RABBITMQ_MANAGEMENT_PORT/api/$1"
user = "$RABBITMQ_USER:$RABBITMQ_PASSWORD"
request = PUT
header = "Content-Type: application/json"
data = "${2//\"/\\\"}"
END
}

daemon_start() {
    local log=$state/log/$1.log
    [[ ! -e $log ]] || mv -f -- "$log" "$log.1"
    # shellcheck disable=SC2016 # expanded by the shell that becomes the daemon
    start "$state/run/$1.pid" "$log" "$(id -un)" bash -c 'set -a; . "$1"; set +a; cd "${1%/*}"; exec "$2"' \
        - "$state/$1.env" "$root/.build/release/$1"
}

daemon_stop() {
    end TERM "$state/run/$1.pid" 40 "stopping $1"
}

# productd first: what it has accepted can still reach the statistics.
stop_daemons_and_servers() {
    local daemon
    for daemon in "${daemons[@]}"; do
        daemon_is_running "$daemon" || continue
        daemon_stop "$daemon"
        say "stopped $daemon"
    done
    if is_running "$state/run/postgres.pid" || is_running "$state/run/rabbitmq.pid"; then
        "$here/servers" down "$state" && say "stopped PostgreSQL and RabbitMQ"
    fi
}

daemon_is_running() {
    is_running "$state/run/$1.pid"
}

# The port a running daemon was started with.
daemon_address() {
    echo "http://localhost:$(sed -n 's/^HTTP_PORT=//p' "$state/$1.env")"
}

daemon_readiness() {
    curl -sS --noproxy '*' --max-time 5 "$(daemon_address "$1")/readyz" 2>/dev/null || true
}

daemon_is_ready() {
    daemon_is_running "$1" && [[ $(daemon_readiness "$1") == *'"status":"ready"'* ]]
}

daemon_is_ready_or_gone() {
    ! daemon_is_running "$1" || daemon_is_ready "$1"
}

await_daemon() {
    if ! await "waiting for $1" 60 daemon_is_ready_or_gone "$1"; then
        end_of "$state/log/$1.log"
        fail "$1 runs but is not ready after 60 s: $(daemon_readiness "$1") (the end of $state/log/$1.log is above)"
    fi
    daemon_is_running "$1" || {
        end_of "$state/log/$1.log"
        fail "$1 did not start; the end of $state/log/$1.log is above"
    }
}

daemon_status() {
    local state_of
    if ! daemon_is_running "$1"; then
        state_of="not running"
    elif daemon_is_ready "$1"; then
        state_of="ready, pid $(pid_of "$state/run/$1.pid")"
    else
        state_of="pid $(pid_of "$state/run/$1.pid"), $(daemon_readiness "$1")"
    fi
    printf '  %-12s %s  %s\n' "$1" "$(daemon_address "$1" 2>/dev/null)" "$state_of"
}
