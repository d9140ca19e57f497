# shellcheck shell=bash
# The Swift toolchain: is it there, is it new enough.
# Fails with one line that says where to get one.

swift_version() {
    swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1
}

require_swift() {
    local version advice="install one from https://www.swift.org/install/linux/ and put its usr/bin on PATH"
    command -v swift >/dev/null || fail "there is no swift on PATH; Tradepost needs Swift 6.3 or newer: $advice"
    version=$(swift_version)
    [[ -n $version ]] || fail "$(command -v swift) does not say its version; Tradepost needs Swift 6.3 or newer: $advice"
    if [[ $(printf '%s\n' 6.3 "$version" | sort -V | head -n 1) != 6.3 ]]; then
        fail "$(command -v swift) is Swift $version; Tradepost needs 6.3 or newer: $advice"
    fi
}
