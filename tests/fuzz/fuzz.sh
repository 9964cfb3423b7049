#!/usr/bin/env bash
# Runs the libFuzzer programs for a while each, and keeps the fewest inputs that take all branches
# they found in tests/fuzz/corpus/, which the tests replay.
#
# usage: tests/fuzz/fuzz.sh BUILD SECONDS [TARGET…]
#   BUILD  made by: CC=clang-19 CXX=clang++-19 meson setup -Dtests=enabled
#          --buildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false BUILD
set -euo pipefail

[ $# -ge 2 ] || { sed -n '/^# usage/,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 64; }
build=$(cd "$1" && pwd)
seconds=$2
shift 2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
targets=("$@")
[ $# -gt 0 ] || targets=(walker verify logs names journal record list words rules overlay)
# The most bytes that are kept of hives: their mutants are the same a thousand times over.
most=65536

ninja -C "$build" tests/fuzz/replay "${targets[@]/#/tests/fuzz/fuzz_}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/tests/fuzz/replay" --write "$work/seeds"
for target in "${targets[@]}"; do
    seeds=$work/seeds/$target
    case $target in walker | verify) seeds=$work/seeds/hives ;; esac
    mkdir -p "$work/$target" "$work/least" "$seeds"
    "$build/tests/fuzz/replay" --unpack "$target" "$work/$target"
    echo "== $target"
    "$build/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -max_len=$most -timeout=20 \
        -artifact_prefix="$work/" -print_final_stats=1 "$work/$target" "$seeds" 2>&1 |
        grep -E 'stat::number_of_executed|stat::peak_rss|DONE|ERROR|Violation' || true
    "$build/tests/fuzz/fuzz_$target" -merge=1 -max_len=$most "$work/least" "$work/$target" "$seeds" \
        >/dev/null 2>&1
    # The shortest first, as many as a tree can bear.
    "$build/tests/fuzz/replay" --keep "$work/least" |
        awk '{ size += length($0) + 1; if (size <= 300000) print }' >"$here/corpus/$target.txt"
    rm -rf "$work/least"
    wc -l "$here/corpus/$target.txt"
done
if compgen -G "$work/crash-*" >/dev/null || compgen -G "$work/timeout-*" >/dev/null; then
    cp "$work"/crash-* "$work"/timeout-* "$here/" 2>/dev/null || true
    echo 'fuzz: inputs that fail lie beside this script'
    exit 1
fi
