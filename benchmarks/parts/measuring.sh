# shellcheck shell=bash
# How a case measures: rounds, what each took of the processors, and what is written down.
#
# A case file defines `steps`, which prints one measurement a line, its words with "|" between, and `rows`, which says
# what the table shows of them; then it calls `run_case`. What all rounds need may be in `prepare`. Every other round goes through the steps in the opposite order,
# so that what changes on the machine meanwhile meets both sides alike. BENCH_RUN is the directory of the run's results:
# `measurements` (case, what, number) and `rows`.
#
# Promises: before each step the servers are at rest, and each measurement comes with what the machine spent on whom, and
# on others than the run.

rounds=${ROUNDS:-3}
ticks_before=

# run_case: everything, from an empty place to the rows of the table.
run_case() {
    local round step words order known
    trap leave EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
    enter
    if declare -F prepare >/dev/null; then prepare; fi
    for ((round = 1; round <= rounds; round++)); do
        say "$(basename "$0"), round $round of $rounds"
        if ((round % 2)); then order="cat"; else order="tac"; fi
        while IFS= read -ru 3 step; do
            IFS='|' read -ra words <<<"$step"
            known=$(wc -l <"$BENCH_RUN/measurements")
            "${words[@]}"
            show_since "$known"
        done 3< <(steps | "$order")
    done
    rows
}

# show_since LINE: what was measured since, without the processors' shares; of a series its last number.
show_since() {
    tail -n "+$(($1 + 1))" "$BENCH_RUN/measurements" | grep -v $' µs\t' | awk -F '\t' '
        !($1 FS $2 in number) { order[++count] = $1 FS $2 }
        { number[$1 FS $2] = $3 }
        END {
            for (i = 1; i <= count; i++) {
                split(order[i], name, FS)
                if (name[1] != last) printf "%s  %s:", (last ? "\n" : ""), name[1]
                last = name[1]
                printf " %s %s;", name[2], number[order[i]]
            }
            if (last) print ""
        }' >&2
}

# note CASE WHAT NUMBER: one measurement.
note() {
    printf '%s\t%s\t%s\n' "$@" >>"$BENCH_RUN/measurements"
}

# compare TITLE UNIT CASE OURS REFERENCE NAME GOAL: a row of the table that is judged by the ratio of two medians.
# NAME says what the reference is; GOAL is ">= 5", or "-" for a row that only tells.
compare() {
    printf 'ratio\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >>"$BENCH_RUN/rows"
}

# bound TITLE UNIT CASE OURS GOAL: a row that is judged by a median alone.
bound() {
    printf 'bound\t%s\t%s\t%s\t%s\t\t\t%s\n' "$@" >>"$BENCH_RUN/rows"
}

# timed TEXT COMMAND…: runs it with its output in $place/output; on a terminal the seconds are counted.
timed() {
    local text=$1 result=0 ticker
    shift
    "$@" >"$place/output" 2>&1 &
    attended=$!
    count_seconds "$text" &
    ticker=$!
    wait "$attended" || result=$?
    attended=
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" || true
    clear_progress
    return "$result"
}

# Ends by itself if this script is killed.
count_seconds() {
    local began=$SECONDS
    trap 'exit 0' TERM
    while [[ -t 2 ]] && kill -0 $$ 2>/dev/null; do
        progress "$1" "$((SECONDS - began))"
        sleep 1 &
        wait $!
    done
}

begin_measuring() {
    ticks_before=$(ticks)
}

# end_measuring CASE WHAT [COUNT]: notes how many per cent of the machine others have used since begin_measuring, and how
# many microseconds each program has worked for each of COUNT orders.
end_measuring() {
    local now
    now=$(ticks)
    awk -v of="$1" -v what="$2" -v count="${3:-0}" -v hertz="$(getconf CLK_TCK)" '
        NR == FNR { spent[$1] -= $2; next }
        { spent[$1] += $2 }
        END {
            for (name in spent) if (name != "all") own += spent[name]
            printf "%s\t%s, others %%\t%.1f\n", of, what, 100 * (1 - own / spent["all"])
            delete spent["all"]; delete spent["idle"]
            if (count > 0) for (name in spent) if (spent[name] > 0)
                printf "%s\t%s, %s µs\t%.1f\n", of, what, name, 1000000 * spent[name] / hertz / count
        }' <(printf '%s\n' "$ticks_before") <(printf '%s\n' "$now") >>"$BENCH_RUN/measurements"
}

# Clock ticks since boot: of all processors, idle ones, and of what this run has started, by program, with the children
# that each has waited for (proc(5), stat). A program that runs more than once (productd-1, productd-2) has as many lines.
ticks() {
    local roots="load=$$" name file
    for name in "${!daemon_pid[@]}"; do roots+=" ${name%-[0-9]*}=${daemon_pid[$name]}"; done
    for file in "$place"/*/run/postgres.pid; do roots+=" PostgreSQL=$(pid_of "$file")"; done
    for file in "$place"/*/run/rabbitmq.pid; do roots+=" RabbitMQ=$(pid_of "$file")"; done
    awk '/^cpu / { for (i = 2; i <= 9; i++) all += $i; print "all", all; print "idle", $5 + $6 }' /proc/stat
    # A process that ends while it is looked at is no failure.
    { cat /proc/[0-9]*/stat 2>/dev/null || true; } | sed 's/^\([0-9]*\) (.*) /\1 /' | awk -v roots="$roots" '
        { children[$3] = children[$3] " " $1; own[$1] = $13 + $14 + $15 + $16 }
        END {
            count = split(roots, list, " ")
            for (i = 1; i <= count; i++) { split(list[i], pair, "="); root[pair[2]] = pair[1] }
            for (pid in root) print root[pid], sum(pid)
        }
        function sum(pid, list, count, i, total) {
            total = own[pid]
            count = split(children[pid], list, " ")
            for (i = 1; i <= count; i++) if (!(list[i] in root)) total += sum(list[i])
            return total
        }'
}
