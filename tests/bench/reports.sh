#!/usr/bin/env bash
# The memory that hivescan takes for each form of report, over many small hives: it must not grow
# with their number by more than a line each.
#
# usage: tests/bench/reports.sh [HIVES]    (default 100000: 1.6 GB in build-bench/)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
hives=${1:-100000}
build=$root/build-bench
"$root/tools/setup.sh" build bench
[ -f "$build/build.ninja" ] || meson setup -Dbench=enabled -Dtests=disabled "$build" "$root" >/dev/null
ninja -C "$build" tools/hivescan >/dev/null

corpus=$build/small-$hives
if [ ! -e "$corpus.done" ]; then
    rm -rf "$corpus"
    alice=$root/testdata/profiles/Users/alice/NTUSER.DAT
    bob=$root/testdata/profiles/Users/bob/NTUSER.DAT
    for ((i = 0; i < hives; i += 1000)); do
        for ((j = i; j < i + 1000 && j < hives; j++)); do
            mkdir -p "$corpus/$i/Users/u$j"
            if ((j % 50 == 0)); then cp "$alice" "$corpus/$i/Users/u$j"; else cp "$bob" "$corpus/$i/Users/u$j"; fi
        done
    done
    touch "$corpus.done"
fi

echo "peak memory over $hives hives (KiB), time (s):"
for format in text jsonl json csv sarif junit bodyfile html; do
    status=0
    /usr/bin/time -f "$format %M %e" "$build/tools/hivescan" --quiet --format "$format" "$corpus" \
        2>"$build/memory" >/dev/null || status=$?
    [ "$status" -eq 1 ] || { cat "$build/memory"; exit 1; }
    tail -n 1 "$build/memory"
done
