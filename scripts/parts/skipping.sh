# shellcheck shell=bash
# For tests that need a machine of their own kind; source parts/terminal.sh first.
#
# Promises: where one of them can't run, it says why in one line, and its status is 0.

# skip_unless_possible TARGET: leaves if this is not Debian, or nobody here may make namespaces.
skip_unless_possible() {
    local reason=
    if ((EUID != 0)); then
        reason="root"
    elif [[ ! -f /etc/debian_version ]] || ! command -v apt-get >/dev/null; then
        reason="Debian"
    elif ! unshare --mount --net --pid --fork true 2>/dev/null; then
        reason="to be allowed to make namespaces"
    fi
    [[ -n $reason ]] || return 0
    say "skipped: make $1 needs $reason"
    exit 0
}
