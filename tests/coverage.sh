#!/usr/bin/env bash
# How many branches of a part of the library the tests take, and which they never do: built by
# clang with coverage, as `clang -fprofile-instr-generate` counts.
#
# usage: tests/coverage.sh [FOLDER]     (needs llvm-cov: the package llvm-19)
#   FOLDER  below the top (default: lib/regf)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-lib/regf}
build=$root/build-coverage
flags="['-fprofile-instr-generate', '-fcoverage-mapping']"
if [ ! -f "$build/build.ninja" ]; then
    CC=clang-19 CXX=clang++-19 meson setup -Dtests=enabled -Ddefault_library=static \
        --buildtype=debugoptimized -Dcpp_args="$flags" -Dcpp_link_args=-fprofile-instr-generate \
        "$build" "$root"
fi
programs=(tests/all_tests tests/fuzz/replay tests/soak/soak)
ninja -C "$build" "${programs[@]}"

profiles=$build/profiles
rm -rf "$profiles"
mkdir "$profiles"
export LLVM_PROFILE_FILE=$profiles/%p-%m.profraw
cd "$build/tests"
for program in "${programs[@]}"; do
    "$build/$program" --minimal || echo "coverage: a test failed; what it took counts all the same"
done
llvm-profdata-19 merge -failure-mode=all -sparse -o "$profiles/all.profdata" "$profiles"/*.profraw 2>/dev/null # some were killed while they wrote
shown=(-instr-profile "$profiles/all.profdata" "$build/${programs[0]}")
for program in "${programs[@]:1}"; do
    shown+=(-object "$build/$program")
done
llvm-cov-19 report -show-branch-summary -show-region-summary=false "${shown[@]}" "$root/$folder"
# Each branch that was never taken, with its line.
llvm-cov-19 show -show-branches=count -show-expansions=false "${shown[@]}" "$root/$folder" |
    awk '/^\/.*:$/ { file = $0 }
         /Branch \(.*: 0[,\]]|Branch \(.*False: 0\]/ { print file, $0 }' |
    sed "s|^$root/||" >"$build/never.txt"
echo "$(wc -l <"$build/never.txt") places where one way was never taken: ${build##*/}/never.txt"
