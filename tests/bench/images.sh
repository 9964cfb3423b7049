#!/usr/bin/env bash
# One hive in a golden image mended where it lies, against what people do today: mount the volume
# (ntfs-3g; the disk of another format through qemu-img convert and back), or take the hive out of
# the WIM, mend it and put it in again. The peers mend with hivefix too, so that the way there is
# what differs. The WIM's is what keeps least: it loses descriptor, short name and times. One table;
# the ratio is that of two runs on this machine, one behind the other.
#
# usage: tests/bench/images.sh [MIB]    of other files in the image (default 300)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mib=${1:-300}
build=$root/build-bench
"$root/tools/setup.sh" build test bench
[ -f "$build/build.ninja" ] || meson setup -Dbench=enabled -Dtests=enabled "$build" "$root" >/dev/null
ninja -C "$build" tools/hivefix tools/hivescan helpers >/dev/null
export PATH=$build/tools:$PATH:/usr/sbin

work=$build/images-$mib
hive=Users/alice/NTUSER.DAT
if [ ! -e "$work/done" ]; then
    rm -rf "$work"
    mkdir -p "$work/tree/Windows" "$work/mount"
    cd "$work"
    cp -r "$root/testdata/profiles/Users" tree/
    chmod -R u+w tree
    for i in $(seq "$mib"); do head -c 1M /dev/urandom >"tree/Windows/$i.bin"; done
    wimcapture --quiet tree old.wim one >/dev/null
    truncate -s $((mib * 5 / 4 + 64))M old.raw
    mkntfs -q -F old.raw >/dev/null 2>&1
    wimapply --quiet old.wim old.raw
    qemu-img convert -O vhdx old.raw old.vhdx
    qemu-img convert -O qcow2 old.raw old.qcow2
    touch done
fi
cd "$work"

fix() { hivefix --no-undo-record "$@"; }
mounted() {
    ntfs-3g "$1" mount
    fix "mount/$hive"
    umount mount
}
converted() {
    qemu-img convert -O raw "$1" out.raw
    mounted out.raw
    qemu-img convert -O "${1##*.}" out.raw "$1"
    rm out.raw
}
updated() {
    wimextract --quiet "$1" 1 "/$hive" --dest-dir=out >/dev/null
    fix out/NTUSER.DAT
    wimupdate --quiet "$1" 1 --command="add out/NTUSER.DAT /$hive" >/dev/null
    rm -r out
}
in_place() { fix "$1!/$hive"; }
in_wim() { fix --in-place "$1!/1/$hive"; }
milliseconds() {
    local start end
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1
    end=$(date +%s%N)
    echo $(((end - start) / 1000000))
}

printf '%-10s %-24s %8s %8s %6s\n' image peer 'peer ms' ms ratio
while read -r format peer ours name; do
    image=new.$format
    cp "old.$format" "$image"
    theirs=$(milliseconds "$peer" "$image")
    cp "old.$format" "$image"
    time=$(milliseconds "$ours" "$image")
    # Of a WIM, hivescan says it of the image in it.
    place=$image
    [ "$format" = raw ] || [ "$format" = wim ] || qemu-img check -q "$image" >/dev/null 2>&1 || true
    hivescan --quiet "$place" | grep -q "alice/NTUSER.DAT" && { echo "$image is not mended"; exit 1; }
    printf '%-10s %-24s %8d %8d %6.1f\n' "$format" "$name" "$theirs" "$time" \
        "$(echo "$theirs / $time" | bc -l)"
    rm "$image"
done <<'TABLE'
raw mounted in_place ntfs-3g
vhdx converted in_place convert,ntfs-3g,convert
qcow2 converted in_place convert,ntfs-3g,convert
wim updated in_wim wimextract,wimupdate
TABLE
