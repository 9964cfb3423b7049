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
# Only what our headers define, and nothing that names this build or a line of the source.
abidw --suppressions "$root/tests/public_types.ini" --no-corpus-path --no-comp-dir-path \
    --no-show-locs --no-architecture --no-elf-needed --no-parameter-names \
    --out-file "$found" "$1/lib/libhivelint.so.0"

if [ -n "$renew" ]; then
    cp "$found" "$promised"
# Types that are only reached through a std::vector look unreachable without it.
elif ! abidiff --non-reachable-types "$promised" "$found"; then
    echo "after a look at that: tests/abi.sh --renew $1"
    exit 1
fi
