#!/usr/bin/env bash
# Holds what programs see of the shared library (names, types, their layout) against the last
# release's, which such programs were linked with: to be run before a release. Any difference is
# shown, and one that breaks programs needs a new soversion (lib/meson.build).
#
# usage: tests/abi.sh OLD NEW
#   OLD, NEW  libhivelint.so of the last release and of the next, each built by the same compiler
#             with --buildtype=debugoptimized: the types are read in the debug information
set -euo pipefail

[ $# -eq 2 ] || { sed -n '/^# usage/,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
for library in "$@"; do
    if ! readelf --sections --wide "$library" | grep '\.debug_info' >/dev/null; then
        echo "abi: $library has no debug information" >&2
        exit 1
    fi
done
exec abidiff --suppressions "$(dirname "${BASH_SOURCE[0]}")/public_types.ini" \
    --exported-interfaces-only "$@"
