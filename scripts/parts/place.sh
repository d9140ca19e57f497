# shellcheck shell=bash
# The directory of a set of servers: its ports and passwords (env), its pid files (run), its logs, and the place where
# the servers' own data lie.
#
# Promises: env is written once, whole, mode 0600, and read by everything else. The data lie in the directory itself,
# or in /var/tmp with a link from it when the servers' users cannot reach it or its path is too long for a socket.
# After `open_directory`: $directory, $run, $log, $place and the variables of env are set, and for commands that
# change something the directory is locked until the script ends.

# open_directory COMMAND DIRECTORY [SERVER OTHER]: OTHER is the directory whose SERVER this one's joins.
open_directory() {
    local command=$1
    case $command in
    up | join) (umask 022 && mkdir -p -- "$2") || fail "cannot make the directory $2" ;;
    *) [[ -f $2/env ]] || fail "there are no servers in $2 (\`scripts/servers up $2\` makes them)" ;;
    esac
    directory=$(readlink -f -- "$2")
    run=$directory/run
    log=$directory/log
    case $command in
    up | down | remove | start | stop | restart | join) lock_directory ;;
    esac
    if [[ $command == up || $command == join ]]; then
        mkdir -p -- "$run" "$log"
        [[ -e $directory/data ]] || choose_place
        [[ -f $directory/env ]] || write_environment "${@:3}"
    fi
    place=$(readlink -f -- "$directory/data")
    RABBITMQ_NODE=tradepost@localhost JOINED=
    # shellcheck source=/dev/null
    . "$directory/env"
    [[ $command != up || -z $JOINED ]] || fail "$directory has one server, which has joined $JOINED: start that"
}

lock_directory() {
    exec 9>"$directory/lock"
    flock --nonblock 9 && return
    say "waiting for another scripts/servers at work in $directory"
    flock 9
}

choose_place() {
    local inside=$directory/data outside
    mkdir -m 0711 -- "$inside"
    if ((${#inside} <= 80)) &&
        as_account "$postgres_account" test -x "$inside" && as_account "$rabbitmq_account" test -x "$inside"; then
        return
    fi
    rmdir -- "$inside"
    outside=/var/tmp/tradepost-$EUID-$(sha256sum <<<"$directory" | cut -c 1-12)
    # /var/tmp belongs to everybody: a directory that somebody else has put there is not ours.
    mkdir -m 0711 -- "$outside" 2>/dev/null || true
    [[ -d $outside && -O $outside && ! -L $outside ]] || fail "$outside belongs to somebody else; remove it or use another directory"
    ln -s -- "$outside" "$inside"
}

# make_home SERVER ACCOUNT: the server's own part of the place, closed to everybody else.
make_home() {
    [[ -d $place/$1 ]] && return
    mkdir -m 0700 -- "$place/$1"
    if ((EUID == 0)); then chown "$2:" -- "$place/$1"; fi
}

secret() {
    head -c 18 /dev/urandom | base64 | tr '+/' '-_'
}

# write_environment [SERVER OTHER]: ports of its own; passwords, the cluster's cookie and its name server are OTHER's.
write_environment() {
    local postgres amqp management distribution names database_secret broker_secret cookie node=tradepost@localhost
    read -r postgres amqp management distribution names <<<"$(free_ports 5 "$directory")"
    database_secret=$(secret)
    broker_secret=$(secret)
    cookie=$(secret)
    if [[ -n ${2:-} ]]; then
        [[ -f $2/env ]] || fail "there are no servers in $2 to join"
        IFS=' ' read -r database_secret broker_secret cookie names <<<"$(
            # shellcheck source=/dev/null
            . "$2/env"
            echo "$DB_PASSWORD $RABBITMQ_PASSWORD $RABBITMQ_COOKIE $RABBITMQ_EPMD_PORT"
        )"
        node=tradepost-$amqp@localhost
    fi
    cat >"$directory/env.new" <<END
# The servers in this directory; written by scripts/servers, read with \`. $directory/env\`.
export TRADEPOST_TEST_SERVERS='$directory'
export TRADEPOST_TEST_POSTGRES='host=127.0.0.1 port=$postgres user=postgres password=$database_secret dbname=postgres'
export TRADEPOST_TEST_RABBITMQ='amqp://tradepost:$broker_secret@127.0.0.1:$amqp'
export TRADEPOST_TEST_RABBITMQ_MANAGEMENT='http://tradepost:$broker_secret@127.0.0.1:$management'
export DB_HOST=127.0.0.1 DB_PORT=$postgres DB_USER=postgres DB_PASSWORD='$database_secret'
export RABBITMQ_HOST=127.0.0.1 RABBITMQ_PORT=$amqp RABBITMQ_MANAGEMENT_PORT=$management
export RABBITMQ_USER=tradepost RABBITMQ_PASSWORD='$broker_secret'
RABBITMQ_DISTRIBUTION_PORT=$distribution RABBITMQ_EPMD_PORT=$names RABBITMQ_COOKIE='$cookie'
RABBITMQ_NODE=$node JOINED='$([[ -z ${2:-} ]] || readlink -f -- "$2")'
END
    mv -- "$directory/env.new" "$directory/env"
}

# Only what up has made; a file of somebody else's in the directory stays, and so does the directory then.
remove_directory() {
    rm -rf -- "$place" "$directory/data" "$run" "$log" "$directory/env" "$directory/lock"
    rmdir --ignore-fail-on-non-empty -- "$directory"
}
