# shellcheck shell=bash
# The Swift package manager: on a terminal with its own progress line, elsewhere without a line for every step.

# swift_build ARGUMENTS…: `swift build` with its status; warnings and errors always come through. Without colours, which are
# an argument of the compiler: on a terminal and elsewhere everything would be compiled anew.
swift_build() {
    local command=(swift build --no-color-diagnostics "$@")
    if [[ -t 1 ]]; then
        attend "${command[@]}"
    else
        attend without_steps "${command[@]}"
    fi
}

without_steps() {
    "$@" 2>&1 | sed -u '/^\[[0-9]*\/[0-9]*\] /d'
}

build_daemons() {
    local program
    say "building productd and customerd, productctl and customerctl (release)"
    for program in productd customerd productctl customerctl; do
        swift_build --package-path "$root" -c release --product "$program" ||
            fail "$program does not build; the compiler's words are above"
    done
}
