#!/usr/bin/env bash
# Installs what is missing, builds, makes a corpus and measures the tools against their peers: one
# table of ratios. Figures of a cold cache need root.
#
# usage: tests/bench/run.sh [--hives N] [--rounds N] [--dir DIR]
#   --hives N    hives in the corpus (default 1000: 1.5 GiB)
#   --rounds N   rounds, of which the median is shown (default 5)
#   --dir DIR    where the corpus is made, and kept (default: build-bench/corpus)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build-bench
hives=1000 rounds=5 folder=$build/corpus
while [ $# -gt 0 ]; do
    case $1 in
    --hives) hives=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --dir) folder=$2; shift ;;
    -h | --help)
        sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" | head -n -1
        exit
        ;;
    *) echo "run.sh: unknown argument: $1" >&2; exit 64 ;;
    esac
    shift
done

"$root/tools/setup.sh" build test bench
[ -f "$build/build.ninja" ] || meson setup -Dbench=enabled -Dtests=enabled "$build" "$root" >/dev/null
ninja -C "$build" tools/hivescan tools/hiveinfo tests/bench/make_corpus tests/bench/bench \
    tests/bench/floor tests/bench/hivex_loop tests/bench/hivex_set tools/hivefix tests/bench/micro >/dev/null

corpus=$folder-$hives
if [ ! -e "$corpus.done" ]; then
    rm -rf "$corpus"
    "$build/tests/bench/make_corpus" "$corpus" "$hives" 2 0 260 6600
    touch "$corpus.done"
fi
big=$folder-big
if [ ! -e "$big.done" ]; then
    rm -rf "$big"
    "$build/tests/bench/make_corpus" "$big" 1 0 0 488000 488000
    touch "$big.done"
fi
"$build/tests/bench/bench" "$corpus" "$rounds" "$big"
echo
HIVELINT_BENCH_BIG=$(find "$big" -name NTUSER.DAT) \
    "$build/tests/bench/micro" --benchmark_color=false
