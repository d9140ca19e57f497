# shellcheck shell=bash
# Images that stand in for the official ones, of the same names, where no registry can be reached: Debian itself, Debian's
# PostgreSQL and RabbitMQ of the same major versions, and Swift: either this machine's toolchain on Debian, with a copy of
# the packages that this checkout has resolved, or what the toolchain has built already. With them the Dockerfile and
# docker-compose.yml are used as they are.
#
# Promises: what is there already is kept, unless the toolchain or the packages have changed. Everything of Debian's comes
# from Debian's archive, with its signatures checked.
# Wants $here, $root, $place (a directory to work in), $full (empty: nothing is compiled once more) and engine(), which
# runs a command beside the Docker engine.

# debian SUITE OUTPUT PACKAGES…: a small Debian with these packages, as a tar file or as a directory.
debian() {
    local suite=$1 output=$2 IFS=,
    shift 2
    # shellcheck disable=SC2016 # it is mmdebstrap's shell that knows $1
    mmdebstrap --quiet --mode=root --variant=minbase --include="ca-certificates${*:+,$*}" \
        --setup-hook='mkdir -p "$1/etc/dpkg/dpkg.cfg.d" "$1/etc/postgresql-common"' \
        --setup-hook='printf "%s\n" force-unsafe-io path-exclude=/usr/share/doc/* path-exclude=/usr/share/man/* \
            path-exclude=/usr/share/locale/* >"$1/etc/dpkg/dpkg.cfg.d/slim"' \
        --setup-hook='echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"' \
        "$suite" "$output"
}

has_image() {
    engine docker image inspect "$1" >/dev/null 2>&1
}

make_slim_debian() {
    ! has_image debian:bookworm-slim || return 0
    debian bookworm "$place/slim.tar"
    engine docker import "$place/slim.tar" debian:bookworm-slim
}

make_servers() {
    local server=$root/Tests/ContainerTests/stand-ins
    if ! has_image stand-in-servers; then
        debian trixie "$place/servers.tar" postgresql-17 rabbitmq-server
        engine docker import "$place/servers.tar" stand-in-servers
    fi
    engine docker build --tag postgres:17-trixie "$server/postgres"
    engine docker build --tag rabbitmq:4-management "$server/rabbitmq"
}

# What lldb, the language server and the documentation compiler are for is not built here.
toolchain_files() {
    find usr ! -type d ! -path 'usr/share/*' ! -path 'usr/bin/lldb*' ! -path 'usr/lib/liblldb*' \
        ! -path 'usr/lib/libsourcekitd*' ! -path 'usr/lib/swift/embedded/*' ! -path 'usr/lib/swift/FrameworkABIBaseline/*' \
        ! -name sourcekit-lsp ! -name clangd ! -name docc
}

# copy_packages DIRECTORY: the package manager's clones, under the path that each has at its origin.
copy_packages() {
    local clone origin
    swift package --package-path "$root" resolve
    for clone in "$root/.build/repositories"/*; do
        origin=$(git -C "$clone" config remote.origin.url)
        origin=${origin#https://}
        mkdir -p -- "$1/${origin%/*}"
        cp -a -- "$clone" "$1/${origin%.git}.git"
    done
}

make_compiler() {
    local toolchain fingerprint system=$place/swift
    toolchain=$(readlink -f -- "$(command -v swift)")
    toolchain=${toolchain%/usr/bin/*}
    copy_packages "$place/packages"
    fingerprint=$(cd "$place/packages" && { swift --version 2>/dev/null && find . -name packed-refs -exec cat {} + |
        sort; } | sha256sum | cut -c 1-16)
    [[ $(engine docker image inspect --format '{{.Config.Labels.fingerprint}}' swift:6.3-bookworm 2>/dev/null) \
        != "$fingerprint" ]] || return 0
    debian bookworm "$system" binutils gcc git libc6-dev libcurl4 libedit2 libncurses6 libpython3.11 libsqlite3-0 \
        libstdc++-12-dev libxml2 pkg-config tzdata
    mv -- "$place/packages" "$system/packages"
    git config --file "$system/etc/gitconfig" url./packages/.insteadOf https://
    git config --file "$system/etc/gitconfig" safe.directory '*'
    (cd "$toolchain" && toolchain_files) >"$place/toolchain"
    tar --create --directory "$system" . --directory "$toolchain" --files-from "$place/toolchain" |
        engine docker import --change "LABEL fingerprint=$fingerprint" - swift:6.3-bookworm
    rm -rf -- "$system"
}

# The programs of .build/release, which build_daemons has left there.
make_programs() {
    local context=$place/programs
    mkdir -p -- "$context/programs" "$context/runtime"
    cp -- "$root/Tests/ContainerTests/stand-ins/swift"/* "$context"
    install --strip --target-directory "$context/programs" "$root/.build/release"/{product,customer}{d,ctl}
    ldd "$context/programs"/* | awk '$3 ~ "/lib/swift/" { print $3 }' | sort -u | xargs cp -t "$context/runtime"
    engine docker build --tag swift:6.3-bookworm "$context"
}

# Compose version 2 and buildx, which Debian has from 13 on, where this machine's docker lacks them.
make_compose() {
    local plugins=$DOCKER_CONFIG/cli-plugins
    if docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; then return; fi
    mkdir -p -- "$plugins"
    mmdebstrap --quiet --mode=root --variant=extract --include=docker-compose,docker-buildx trixie "$place/compose"
    cp -- "$place/compose/usr/libexec/docker/cli-plugins"/* "$plugins"
    rm -rf -- "$place/compose"
}

# All at the same time: one waits for the network while another unpacks.
make_stand_ins() {
    local maker makers=()
    for maker in make_compose make_slim_debian make_servers ${full:+make_compiler}; do
        "$maker" >"$place/$maker.log" 2>&1 &
        makers+=("$!:$maker")
    done
    for maker in "${makers[@]}"; do
        wait "${maker%%:*}" || make_failed "${maker#*:}"
    done
    [[ -n $full ]] || make_programs >"$place/make_programs.log" 2>&1 || make_failed make_programs
}

make_failed() {
    end_of "$place/$1.log"
    fail "$1 failed; the end of what it said is above"
}
