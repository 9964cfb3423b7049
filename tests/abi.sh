#!/usr/bin/env bash
# Holds what programs see of the shared library (names, types, their layout) against what they were
# built with: tests/libhivelint.abi. Any difference is a failure. One that breaks programs needs a
# new soversion (lib/meson.build) if there was a release since the last; then, or when it is only
# new, renew the file.
#
# usage: tests/abi.sh [--renew] BUILD
#   BUILD     a folder that `tests/run.sh --compiler g++` built in: other compilers and options leave
#             other inline functions in the library
#   --renew   write tests/libhivelint.abi anew
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
promised=$root/tests/libhivelint.abi
renew=''
if [ "${1-}" = --renew ]; then
    renew=1
    shift
fi
[ $# -eq 1 ] || { sed -n '/^# usage/,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 64; }

if ! command -v abidw >/dev/null || ! command -v abidiff >/dev/null; then
    echo 'SKIPPED: the interface of the shared library: no abidw and abidiff'
    exit 77
fi

found=$(mktemp)
trap 'rm -f "$found"' EXIT
# Nothing that names this build or a line of the source. (abidiff cannot read a file without our own
# private types: a change of one of them has to be renewed too.)
abidw --suppressions "$root/tests/public_types.ini" --exported-interfaces-only --no-corpus-path --no-comp-dir-path \
    --no-show-locs --no-elf-needed \
    --out-file "$found" "$1/lib/libhivelint.so.0"

if [ -n "$renew" ]; then
    cp "$found" "$promised"
elif ! abidiff "$promised" "$found"; then
    echo "after a look at that: tests/abi.sh --renew $1"
    exit 1
fi
