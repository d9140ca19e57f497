# shellcheck shell=bash
# TCP ports: which are listened on, by whom, and which are free. Read from /proc, so that it needs no other program.
#
# Promises: a port is "listened on" whatever the address (127.0.0.1, 0.0.0.0, ::), because a second listener would
# collide with any of them. Free ports are drawn at random below the range that the kernel hands to outgoing
# connections, so a server that stops for a minute finds its port again. Two callers drawing at the same moment can,
# rarely, draw the same port; the later server then says so when it starts.

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

# free_ports COUNT: that many different ports that nobody listens on, on one line.
free_ports() {
    local count=$1 port drawn=""
    while ((count > 0)); do
        port=$((16000 + (RANDOM << 15 | RANDOM) % 9000))
        if [[ " $drawn " == *" $port "* ]] || is_listening "$port"; then continue; fi
        drawn+="${drawn:+ }$port"
        count=$((count - 1))
    done
    echo "$drawn"
}
