# shellcheck shell=bash
# Long commands under a script that may be interrupted at any moment: they run in the background and are waited for,
# because only then does a signal reach the script at once, and they are ended with all their children when it does.
#
# Promises: the command's exit status is passed on. `abandon` leaves no process of the command behind.

attended=

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

# Ends the command that is being attended, if there is one.
abandon() {
    local members
    [[ -n $attended ]] || return 0
    members=$(family "$attended")
    # shellcheck disable=SC2086 # one word a pid
    kill -s TERM $members 2>/dev/null || true
    await "stopping what runs" 10 attended_has_ended || true
    # shellcheck disable=SC2086
    kill -s KILL $members 2>/dev/null || true
    attended=
}
