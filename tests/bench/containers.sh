#!/usr/bin/env bash
# Hives in containers, read where they lie, against what people do today: unpack, or copy each hive
# out, and ask libhivex. One table; the ratio is that of two runs on this machine, one behind the
# other. Both must find the same number of affected hives. Beside each hive lie 4 MiB of other files,
# which an archive is unpacked with.
#
# usage: tests/bench/containers.sh [PROFILES]    (default 200)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
profiles=${1:-200}
build=$root/build-bench
"$root/tools/setup.sh" build test bench
[ -f "$build/build.ninja" ] || meson setup -Dbench=enabled -Dtests=enabled "$build" "$root" >/dev/null
ninja -C "$build" tools/hivescan helpers tests/bench/make_corpus tests/bench/hivex_loop >/dev/null
export PATH=$PATH:/usr/sbin

work=$build/containers-$profiles
if [ ! -e "$work/done" ]; then
    rm -rf "$work"
    mkdir -p "$work"
    cd "$work"
    "$build/tests/bench/make_corpus" corpus "$profiles" 2 0 260 6600 >/dev/null
    # What else lies in a profile, or in what a collector brings, need not be unpacked.
    find corpus -name NTUSER.DAT | while read -r hive; do
        head -c 4M /dev/urandom >"${hive%NTUSER.DAT}other.dat"
    done
    wimcapture --quiet corpus disk.wim one >/dev/null
    truncate -s $(($(du -sm corpus | cut -f 1) * 5 / 4 + 64))M disk.raw
    mkntfs -q -F -s 512 -p 2048 -H 255 -S 63 disk.raw
    wimapply --quiet disk.wim disk.raw
    qemu-img convert -f raw -O vhdx disk.raw disk.vhdx
    (cd corpus && zip -1 -qr ../case.zip .)
    touch done
fi
cd "$work"
rm -rf out
expected=$("$build/tools/hivescan" --format jsonl corpus | grep -c '"verdict":"affected"' || true)

# ask FOLDER: every hive there, by libhivex.
ask() { "$build/tests/bench/hivex_loop" "$1" >out.txt || true; rm -rf "$1"; }
icat_loop() {
    mkdir out
    fls -r -p -F "$1" | grep -i 'ntuser.dat$' | while IFS=$'\t' read -r head path; do
        inode=${head##* }
        mkdir -p "out/$(dirname "$path")"
        icat "$1" "${inode%:}" >"out/$path"
    done
    ask out
}
unpack() { 7z x -bd -oout "$1" >/dev/null; ask out; }
convert() { qemu-img convert -O raw "$1" out.raw; icat_loop out.raw; rm out.raw; }
extract_wim() { mkdir out; wimextract --quiet "$1" 1 --dest-dir=out >/dev/null; ask out; }
seconds() {
    local start end
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1 || true
    end=$(date +%s%N)
    echo $(((end - start) / 1000000))
}

printf '%-10s %-22s %8s %8s %6s %9s\n' container peer 'peer ms' 'ms' ratio 'peak MiB'
while read -r file peer name; do
    cat "$file" >/dev/null # both from memory
    theirs=$(seconds "$peer" "$file")
    found=$(/usr/bin/time -f %M -o memory "$build/tools/hivescan" --format jsonl "$file" |
        grep -c '"verdict":"affected"' || true)
    [ "$found" = "$expected" ] || { echo "$file: $found affected, $expected in the folder"; exit 1; }
    ours=$(seconds "$build/tools/hivescan" --format jsonl "$file")
    printf '%-10s %-22s %8d %8d %6.1f %9d\n' "$file" "$name" "$theirs" "$ours" \
        "$(echo "$theirs / $ours" | bc -l)" $(($(tail -n 1 memory) / 1024))
done <<'TABLE'
disk.raw icat_loop fls,icat,libhivex
disk.vhdx convert qemu-img,icat,libhivex
case.zip unpack 7z,libhivex
disk.wim extract_wim wimextract,libhivex
TABLE
