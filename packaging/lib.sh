# Shared by packaging/setup, packaging/demo and tests/run; sourced by bash, never executed.
# shellcheck shell=bash disable=SC2034

mvinit_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mvinit_build=$mvinit_root/build
mvinit_cache=${XDG_CACHE_HOME:-$HOME/.cache}/mvinit
mvinit_program=${0##*/}

say() { printf '%s: %s\n' "$mvinit_program" "$*"; }
warn() { printf '%s: warning: %s\n' "$mvinit_program" "$*" >&2; }
die() {
    printf '%s: error: %s\n' "$mvinit_program" "$*" >&2
    exit 1
}

# Runs a command with its output kept in build/log/NAME.log; a failure shows the last lines of it.
logged() {
    local name=$1 log status=0
    shift
    log=$mvinit_build/log/$name.log
    mkdir -p "${log%/*}"
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" != 0 ]; then
        tail -n 40 "$log" >&2
        printf '%s: error: "%s" ended with status %s; all of its output: %s\n' \
            "$mvinit_program" "$*" "$status" "$log" >&2
    fi
    return "$status"
}

# The one kernel image in an unpacked kernel package.
kernel_image() {
    local images=("$1"/boot/vmlinuz-*)
    [ -f "${images[0]}" ] || die "no boot/vmlinuz-* in $1: run packaging/setup with the group that fetches this kernel"
    printf '%s\n' "${images[0]}"
}
