# shellcheck shell=bash
# Processes that outlive the script that starts them: started in a session of their own, found again by a file with
# their pid, signalled with all their descendants.
#
# Promises: the file also holds the time at which the process started, so a pid that the system has given to another
# process (after a reboot, say) is never signalled. A zombie counts as gone. `end` returns when the process is gone,
# after SIGKILL if the gentle signal was not enough.

# account_for USER: as root a server runs as the user that its package made; anybody else runs it as themselves.
account_for() {
    if ((EUID != 0)); then
        id -un
    elif id -u "$1" >/dev/null 2>&1; then
        echo "$1"
    else
        echo nobody
    fi
}

# become USER: sets the words to put before a command, so that it runs as that user in the same process. (runuser and
# su would stay as its parent, and a signal would reach them instead.)
become() {
    become=()
    ((EUID != 0)) || become=(setpriv --reuid="$1" --regid="$(id -g "$1")" --init-groups --)
}

as_account() {
    local become
    become "$1"
    shift
    "${become[@]}" "$@"
}

# Time a process started, in clock ticks since boot; nothing if there is no such process or it is a zombie.
started_at() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
    # After the parenthesised name, which may hold anything: field 1 is the state, field 20 the start.
    awk '$1 != "Z" { print $20 }' <<<"${stat##*) }"
}

# Closes what this shell was handed besides its standard streams. A server that kept such a descriptor would keep
# alive whoever waits for its other end: a pipe's reader, or Foundation's Process, which ours are started by in tests.
close_inherited() {
    local entry number
    for entry in "/proc/$BASHPID/fd/"*; do
        number=${entry##*/}
        if ((number > 2)); then eval "exec $number>&-"; fi
    done
}

# start PIDFILE LOG USER COMMAND…: in the background, as that user, in a session of its own (a Ctrl-C in this
# terminal passes it by) and with an environment that holds no more than the command itself sets.
start() {
    local pidfile=$1 log=$2 become
    become "$3"
    shift 3
    (
        close_inherited
        exec "${become[@]}" setsid env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "$@"
    ) </dev/null >>"$log" 2>&1 &
    echo "$! $(started_at $!)" >"$pidfile"
    disown
}

# pid_of PIDFILE: the pid if that very process still runs, nothing otherwise.
pid_of() {
    local pid begin
    [[ -s $1 ]] || return 0
    read -r pid begin <"$1" || return 0
    if [[ -n $begin && $(started_at "$pid") == "$begin" ]]; then echo "$pid"; fi
}

is_running() {
    [[ -n $(pid_of "$1") ]]
}

is_gone() {
    ! is_running "$1"
}

# family PID: the process and all its descendants, parents first. Not the process group: PostgreSQL's processes
# and Erlang's helpers leave it.
family() {
    # A process that ends while it is looked at is no failure.
    { cat /proc/[0-9]*/stat 2>/dev/null || true; } | sed 's/^\([0-9]*\) (.*) [A-Za-z] \([0-9]*\) .*/\1 \2/' |
        awk -v first="$1" '
            { children[$2] = children[$2] " " $1 }
            function walk(pid, list, count, i) {
                print pid
                count = split(children[pid], list, " ")
                for (i = 1; i <= count; i++) walk(list[i])
            }
            END { walk(first) }'
}

# signal_family SIGNAL PIDFILE: the same signal to the process and all its descendants, parents first.
signal_family() {
    local pid member
    pid=$(pid_of "$2")
    [[ -n $pid ]] || return 1
    for member in $(family "$pid"); do
        kill -s "$1" "$member" 2>/dev/null || true
    done
}

# kill_family PIDFILE: SIGKILL, as a crash or the kernel does it. Stopped first, so that it starts no further child.
kill_family() {
    signal_family STOP "$1" || return 0
    signal_family KILL "$1" || return 0
    await "waiting for a killed process" 10 is_gone "$1"
    rm -f -- "$1"
}

# end SIGNAL PIDFILE SECONDS TEXT: asks with the signal, waits, and kills what has not gone by then.
end() {
    local signal=$1 pidfile=$2 limit=$3 text=$4 pid
    pid=$(pid_of "$pidfile")
    if [[ -n $pid ]]; then
        signal_family CONT "$pidfile" || true
        kill -s "$signal" "$pid" 2>/dev/null || true
        await "$text" "$limit" is_gone "$pidfile" || kill_family "$pidfile"
    fi
    rm -f -- "$pidfile"
}
