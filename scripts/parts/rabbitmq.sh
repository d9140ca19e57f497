# shellcheck shell=bash
# A private RabbitMQ node in $place/rabbitmq: AMQP, management, distribution and the name server (epmd) on ports of
# their own, all on 127.0.0.1; a generated user instead of guest; its own cookie, database, plugins and logs.
#
# Promises: nothing under /etc/rabbitmq or /var/lib/rabbitmq is read or written, and Debian's wrapper, which insists
# on the user rabbitmq, is passed by. The node's data outlive a stop and a kill.
# Fails with one line if RabbitMQ is not installed.

rabbitmq_account=$(account_for rabbitmq)

rabbitmq_ports() {
    echo "$RABBITMQ_PORT $RABBITMQ_MANAGEMENT_PORT $RABBITMQ_DISTRIBUTION_PORT"
}

rabbitmq_programs() {
    local programs
    for programs in /usr/lib/rabbitmq/bin /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin; do
        if [[ -x $programs/rabbitmq-server ]]; then
            echo "$programs"
            return
        fi
    done
    fail "RabbitMQ is not installed; scripts/install-missing installs it"
}

# rabbitmq_environment: NAME=VALUE words for the node and its tools. Paths that do not exist keep /etc/rabbitmq out; a test
# may add settings in conf.d.
rabbitmq_environment() {
    local home=$place/rabbitmq loopback="-kernel inet_dist_use_interface {127,0,0,1}"
    environment=(
        HOME="$home"
        ERL_EPMD_PORT="$RABBITMQ_EPMD_PORT" ERL_EPMD_ADDRESS=127.0.0.1
        # No Erlang machine starts a name server, which would outlive it as a daemon: rabbitmq_start has started one.
        ERL_FLAGS="-start_epmd false"
        RABBITMQ_NODENAME="$RABBITMQ_NODE"
        RABBITMQ_CONF_ENV_FILE="$home/none"
        RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf"
        RABBITMQ_CONFIG_FILES="$home/conf.d"
        RABBITMQ_ADVANCED_CONFIG_FILE="$home/none"
        RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins"
        RABBITMQ_MNESIA_BASE="$home/data"
        RABBITMQ_LOG_BASE="$home/log" RABBITMQ_LOGS=-
        RABBITMQ_PID_FILE="$home/pid"
        RABBITMQ_DIST_PORT="$RABBITMQ_DISTRIBUTION_PORT"
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="$loopback"
        RABBITMQ_CTL_ERL_ARGS="$loopback"
        # Makes the start script become the Erlang machine instead of waiting beside it: one pid, plain signals.
        RUNNING_UNDER_SYSTEMD=true
    )
}

rabbitmq_configure() {
    local home=$place/rabbitmq
    as_account "$rabbitmq_account" tee "$home/rabbitmq.conf" >/dev/null <<END
# Written by scripts/servers at every start.
listeners.tcp.local = 127.0.0.1:$RABBITMQ_PORT
management.tcp.ip = 127.0.0.1
management.tcp.port = $RABBITMQ_MANAGEMENT_PORT
default_user = $RABBITMQ_USER
default_pass = $RABBITMQ_PASSWORD
default_user_tags.administrator = true
disk_free_limit.absolute = 50MB
END
    as_account "$rabbitmq_account" tee "$home/enabled_plugins" >/dev/null \
        <<<"[rabbitmq_management,rabbitmq_consistent_hash_exchange]."
    if ! as_account "$rabbitmq_account" test -s "$home/.erlang.cookie"; then
        as_account "$rabbitmq_account" tee "$home/.erlang.cookie" >/dev/null <<<"$RABBITMQ_COOKIE"
        as_account "$rabbitmq_account" chmod 0400 "$home/.erlang.cookie"
    fi
}

rabbitmq_start() {
    local programs environment
    programs=$(rabbitmq_programs)
    command -v curl >/dev/null || fail "curl is not installed; scripts/install-missing installs it"
    make_home rabbitmq "$rabbitmq_account"
    rabbitmq_configure
    rabbitmq_environment
    # A node that has joined others is found by their name server.
    [[ -n $JOINED ]] || is_running "$run/epmd.pid" ||
        start "$run/epmd.pid" "$log/rabbitmq.log" "$rabbitmq_account" "${environment[@]}" epmd
    start "$run/rabbitmq.pid" "$log/rabbitmq.log" "$rabbitmq_account" "${environment[@]}" "$programs/rabbitmq-server"
}

# Makes a node that has just started for the first time one of the cluster that JOINED is in, with its users and queues.
rabbitmq_join() {
    local other members words
    # shellcheck source=/dev/null
    other=$(. "$JOINED/env" && echo "$RABBITMQ_NODE")
    members=$(rabbitmq_ctl rabbitmqctl -q eval 'rabbit_nodes:all().' 2>/dev/null || true)
    [[ $members != *"${other%@*}@"* ]] || return 0
    for words in stop_app reset "join_cluster $other" start_app; do
        # shellcheck disable=SC2086 # one word or two
        rabbitmq_ctl rabbitmqctl -q $words >>"$log/rabbitmq.log" 2>&1 || {
            end_of "$log/rabbitmq.log"
            fail "the node could not join $other ($words failed; the end of $log/rabbitmq.log is above)"
        }
    done
    await_ready rabbitmq
}

rabbitmq_stop() {
    end TERM "$run/rabbitmq.pid" 60 "stopping RabbitMQ"
    end TERM "$run/epmd.pid" 10 "stopping RabbitMQ's name server"
}

# Ready when it listens for AMQP, which it does last, and answers its own user over HTTP.
rabbitmq_is_ready() {
    is_listening "$RABBITMQ_PORT" && is_listening "$RABBITMQ_MANAGEMENT_PORT" && rabbitmq_knows_its_user
}

# The password goes through standard input, not through the arguments. (curl 8.14 refuses indented lines there.)
rabbitmq_knows_its_user() {
    curl -fsS -o /dev/null --max-time 5 --noproxy '*' -K - 2>/dev/null <<END
url = "http://127.0.0.1:$RABBITMQ_MANAGEMENT_PORT/api/whoami"
user = "$RABBITMQ_USER:$RABBITMQ_PASSWORD"
END
}

rabbitmq_ctl() {
    local program=$1 environment
    shift
    rabbitmq_environment
    (
        cd /
        as_account "$rabbitmq_account" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${environment[@]}" \
            "$(rabbitmq_programs)/$program" "$@"
    )
}
