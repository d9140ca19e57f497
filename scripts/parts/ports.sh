# shellcheck shell=bash
# TCP ports: which are listened on, by whom, and which are free. Read from /proc, so that it needs no other program.
#
# Promises: a port is "listened on" whatever the address (127.0.0.1, 0.0.0.0, ::), because a second listener would
# collide with any of them. Free ports are drawn at random below the range that the kernel hands to outgoing
# connections, so a server that stops for a minute finds its port again; and a port that is drawn for a directory is not
# drawn for another one, also while nobody listens on it, for as long as that directory exists. That holds among the
# callers of one user; two users can, rarely, draw the same port, and the later server then says so when it starts.

# sockets_listening PORT: the inodes of the sockets that listen on a port, one a line.
sockets_listening() {
    local hexadecimal
    printf -v hexadecimal '%04X' "$1"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port=":$hexadecimal" '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }'
}

is_listening() {
    [[ -n $(sockets_listening "$1") ]]
}

# listener PORT: "postgres (pid 4711)" of whoever listens there, or nothing if that cannot be seen from here.
listener() {
    local inode holder pid
    for inode in $(sockets_listening "$1"); do
        holder=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
        [[ -n $holder ]] || continue
        pid=${holder#/proc/}
        pid=${pid%%/*}
        printf '%s (pid %s)' "$(cat "/proc/$pid/comm" 2>/dev/null || echo unknown)" "$pid"
        return 0
    done
}

# keep_port PORT DIRECTORY: 0 if the port is now this directory's, 1 if it is another one's. A file of the port's name
# says whose it is; the one who makes it has the port.
keep_port() {
    local kept=/tmp/tradepost-ports-$EUID/$1 owner
    [[ -d ${kept%/*} ]] || mkdir -m 700 -- "${kept%/*}" 2>/dev/null || true
    if (set -o noclobber && printf '%s\n' "$2" >"$kept") 2>/dev/null; then return 0; fi
    owner=$(cat -- "$kept" 2>/dev/null || true)
    # Made this moment, and not filled yet, or another's that is still there.
    [[ -n $owner && ! -d $owner ]] || return 1
    rm -f -- "$kept"
    (set -o noclobber && printf '%s\n' "$2" >"$kept") 2>/dev/null
}

# free_ports COUNT [DIRECTORY]: that many different ports that nobody listens on, on one line; kept for the directory.
free_ports() {
    local count=$1 directory=${2:-} port drawn=""
    while ((count > 0)); do
        port=$((16000 + (RANDOM << 15 | RANDOM) % 9000))
        if [[ " $drawn " == *" $port "* ]] || is_listening "$port"; then continue; fi
        if [[ -n $directory ]] && ! keep_port "$port" "$directory"; then continue; fi
        drawn+="${drawn:+ }$port"
        count=$((count - 1))
    done
    echo "$drawn"
}
