#!/usr/bin/env bash
# From a fresh clone to a first result: installs what is missing, builds hivescan and runs it.
#
# usage: tools/demo.sh [PATH…]    hives or folders to scan (default: the samples in testdata/)
#
# Exits 0 when hivescan ran to its end, whatever it found; otherwise non-zero.
set -euo pipefail

case ${1-} in
-h | --help)
    sed -n '4s/^# //p' "${BASH_SOURCE[0]}"
    exit
    ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build

configure_and_build() {
    [ -f "$build/build.ninja" ] ||
        meson setup "$build" "$root" --buildtype=release -Dtests=disabled || return
    ninja -C "$build"
}

"$root/tools/setup.sh" build
mkdir -p "$build"
log=$build/demo.log
echo 'building …'
if ! configure_and_build >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    echo "demo: the build failed, see $log" >&2
    exit 1
fi

status=0
if [ $# -gt 0 ]; then
    "$build/tools/hivescan" "$@" || status=$?
else
    (cd "$root" && build/tools/hivescan testdata) || status=$?
fi

case $status in
0) meaning='clean: nothing was found' ;;
1) meaning='there are findings' ;;
2) meaning='something could not be read' ;;
3) meaning='no hive was found, nothing was scanned' ;;
*)
    echo "demo: hivescan did not run to its end (status $status)" >&2
    exit "$status"
    ;;
esac
echo "hivescan ended with status $status: $meaning"
