# shellcheck shell=bash
# What a case file reads first; `benchmarks/run CASE` runs it.

set -euo pipefail
shopt -s inherit_errexit

root=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
benchmarks=$root/benchmarks
. "$root/scripts/parts/terminal.sh"
. "$root/scripts/parts/ports.sh"
. "$root/scripts/parts/processes.sh"
. "$root/scripts/parts/attending.sh"
. "$root/benchmarks/parts/stage.sh"
. "$root/benchmarks/parts/measuring.sh"
. "$root/benchmarks/parts/loading.sh"
. "$root/benchmarks/parts/verifying.sh"

[[ -d ${BENCH_RUN:-} ]] || fail "$(basename "$0") is a case of the benchmark: benchmarks/run $(basename "$0") runs it"
