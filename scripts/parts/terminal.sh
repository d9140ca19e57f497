# shellcheck shell=bash
# What a person sees: one line a step, the seconds of a long one counted up on a terminal, and one line, with what
# to do, when it ends badly.
#
# Promises: everything goes to standard error, so a script's output stays its own; without a terminal nothing is
# redrawn, so a log file has one line a step. It decides nothing; `fail` ends the calling script with status 1.

say() {
    clear_progress
    printf '%s\n' "$*" >&2
}

fail() {
    clear_progress
    printf 'tradepost: %s\n' "$*" >&2
    exit 1
}

# Set while other lines are written to the terminal, which a line that is redrawn would run into.
without_progress=

# progress TEXT SECONDS: redraws the one line that tells how long a step has taken; silent without a terminal.
progress() {
    [[ -t 2 && -z $without_progress ]] || return 0
    printf '\r\033[K  … %s (%d s)' "$1" "$2" >&2
}

clear_progress() {
    [[ -t 2 && -z $without_progress ]] || return 0
    printf '\r\033[K' >&2
}

# await TEXT SECONDS CONDITION…: calls the condition ten times a second until it is true (0), or the time is over (1).
await() {
    local text=$1 limit=$2 began=$SECONDS shown=-1
    shift 2
    until "$@"; do
        if ((SECONDS - began >= limit)); then
            clear_progress
            return 1
        fi
        if ((SECONDS - began != shown)); then
            shown=$((SECONDS - began))
            progress "$text" "$shown"
        fi
        sleep 0.1
    done
    clear_progress
}

# end_of FILE: the last lines of a log, indented, for a message that says why something did not start.
end_of() {
    [[ -s $1 ]] || return 0
    tail -n "${2:-15}" -- "$1" | sed 's/^/    /' >&2
}
