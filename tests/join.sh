#!/usr/bin/env bash
# Joins files of tests to fewer, so that what they all include is compiled fewer times. Each is put
# into a namespace of its own, with what it includes at its begin before that: they use the same
# names. Files with a name of their own in another namespace (`namespace x {`) stay alone.
#
# usage: tests/join.sh SIZE FOLDER FILE…
#   writes FOLDER/joined_N.cpp, of SIZE files each, and prints the files that are to be compiled
set -euo pipefail

size=$1 folder=$2
shift 2
mkdir -p "$folder"
rm -f "$folder"/joined_*.cpp

join() {
    # Not those behind the first #if: they stay where they are.
    awk 'FNR == 1 { off = 0 } /^#if/ { off = 1 } !off && /^#include/ && !seen[$0]++' "$@"
    local file name
    for file; do
        name=${file##*/}
        printf '\nnamespace joined_%s {\n#include "%s"\n}\n' "${name%.cpp}" "$file"
    done
}

count=0 files=()
flush() {
    [ ${#files[@]} -gt 0 ] || return 0
    join "${files[@]}" >"$folder/joined_$count.cpp"
    echo "$folder/joined_$count.cpp"
    count=$((count + 1)) files=()
}
for file; do
    if grep -q '^namespace [a-z:_]* {' "$file"; then
        echo "$file"
        continue
    fi
    files+=("$file")
    [ ${#files[@]} -lt "$size" ] || flush
done
flush
