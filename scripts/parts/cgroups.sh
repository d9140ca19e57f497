# shellcheck shell=bash
# Cgroups made by hand, for a systemd that is booted where no other systemd hands them out: one in each hierarchy that
# this machine mounts, below the one that the caller is in.
#
# Promises: works with cgroups of version 1, version 2, and both beside one another. Removed are only cgroups of the name
# that is given, and those below.

# cgroups NAME: the directories, one a line, whether they are there or not.
cgroups() {
    local controllers path mounted
    while IFS=: read -r _ controllers path; do
        case $controllers in
        "") [[ -f /sys/fs/cgroup/cgroup.procs ]] && mounted=/sys/fs/cgroup || mounted=/sys/fs/cgroup/unified ;;
        # Without processors and memory nodes of its own, which nobody gives it, no process may enter one of these.
        cpuset) continue ;;
        name=*) mounted=/sys/fs/cgroup/${controllers#name=} ;;
        *) mounted=/sys/fs/cgroup/$controllers ;;
        esac
        [[ ! -d $mounted ]] || echo "$mounted${path%/}/$1"
    done </proc/self/cgroup
}

make_cgroups() {
    local directory
    for directory in $(cgroups "$1"); do mkdir -p -- "$directory"; done
}

# Moves the calling (sub)shell and all that it will start.
enter_cgroups() {
    local directory
    for directory in $(cgroups "$1"); do echo "$BASHPID" >"$directory/cgroup.procs"; done
}

remove_cgroups() {
    local directory
    for directory in $(cgroups "$1"); do
        [[ ! -d $directory ]] || find "$directory" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
}
