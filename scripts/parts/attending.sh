# shellcheck shell=bash
# Long commands under a script that may be interrupted at any moment: they run in the background and are waited for,
# because only then does a signal reach the script at once, and they are ended with all their children when it does.
#
# A terminal that closes tells only the first process on it, which may be make (`ssh -t host make run`), and make does
# not pass it on; so the terminal is watched.
#
# Promises: the command's exit status is passed on. `abandon` leaves no process of the command behind.

attended=
terminal_watch=

# Makes a terminal that closes a SIGHUP to this script, whoever else is told.
watch_terminal() {
    [[ -t 2 ]] || return 0
    (
        trap '' INT HUP
        trap 'exit 0' TERM
        while [[ -t 2 ]] && kill -0 $$ 2>/dev/null; do sleep 1; done
        kill -s HUP $$ 2>/dev/null
    ) &
    terminal_watch=$!
}

# attend COMMAND…: with its output as it is.
attend() {
    local result=0
    "$@" &
    attended=$!
    wait "$attended" || result=$?
    attended=
    return "$result"
}

# quietly TEXT LOG COMMAND…: with its output in a file, and on the terminal how long it takes.
quietly() {
    local text=$1 output=$2 result=0
    shift 2
    [[ -t 2 ]] || say "$text"
    "$@" >>"$output" 2>&1 &
    attended=$!
    await "$text" 3600 attended_has_ended || true
    wait "$attended" || result=$?
    attended=
    return "$result"
}

attended_has_ended() {
    [[ -z $(started_at "$attended") ]]
}

# Ends the command that is being attended, if there is one, and the watch.
abandon() {
    local members
    [[ -z $terminal_watch ]] || kill "$terminal_watch" 2>/dev/null || true
    [[ -n $attended ]] || return 0
    members=$(family "$attended")
    # shellcheck disable=SC2086 # one word a pid
    kill -s TERM $members 2>/dev/null || true
    await "stopping what runs" 10 attended_has_ended || true
    # shellcheck disable=SC2086
    kill -s KILL $members 2>/dev/null || true
    attended=
}
