#!/usr/bin/env bash
# Builds the Debian packages of what is committed, holds them against lintian, installs them into a
# fresh Debian 12, uses them there, and purges them. The last line is `N passed, N failed`.
#
# usage: tests/package.sh
#
# Needs root, the network, and the packages of group `package` in tools/packages.txt.
set -euo pipefail
exec </dev/null

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/tools/setup.sh" build package
scratch=$(mktemp -d)
trap 'rm -rf --one-file-system "$scratch"' EXIT
passed=0 failed=0

# check NAME COMMAND…: one test; what the command prints is shown when it fails.
check() {
    if "${@:2}" >"$scratch/log" 2>&1; then
        echo "passed: $1"
        passed=$((passed + 1))
    else
        tail -n 60 "$scratch/log"
        echo "failed: $1"
        failed=$((failed + 1))
    fi
}

# The end, when what follows would have nothing to look at.
close() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

version=$(dpkg-parsechangelog -l "$root/debian/changelog" -S Version)
source=$scratch/hivelint-$version
mkdir "$source"
git -C "$root" archive HEAD | tar -x -C "$source"

build() { (cd "$source" && dpkg-buildpackage -us -uc "$@"); }
# The source package first: building leaves files behind.
check 'dpkg-buildpackage -S' build -S
check 'dpkg-buildpackage -b' build -b
[ "$failed" -eq 0 ] || close

check 'lintian' lintian --fail-on error,warning --pedantic "$scratch"/*.changes
[ "$failed" -gt 0 ] || cat "$scratch/log" # what it would rather have

fresh=$scratch/fresh
check 'a fresh Debian 12' debootstrap --variant=minbase bookworm "$fresh"
[ -x "$fresh/usr/bin/apt-get" ] || close
mkdir "$fresh/trial"
cp "$scratch"/*.deb "$source/tests/consumer/scan.cpp" "$fresh/trial"
cp -r "$source/testdata" "$fresh/trial"
rm -f "$fresh"/trial/*-dbgsym_*

# inside COMMAND: runs it with a shell in the fresh system.
inside() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount --pid --fork --kill-child bash -ec '
        mount --make-rprivate /
        mount -t proc proc "$1/proc"
        exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
            DEBIAN_FRONTEND=noninteractive sh -ec "cd /trial; $2"' bash "$fresh" "$1"
}
# files: what is there outside of /trial, but for what apt and dpkg keep themselves.
files() {
    find "$fresh" -xdev \( -path "$fresh/trial" -o -path "$fresh/proc" -o -path "$fresh/var/cache" -o \
        -path "$fresh/var/lib/apt" -o -path "$fresh/var/lib/dpkg" -o -path "$fresh/var/log" \) \
        -prune -o -print | sort
}

check 'what ours depend on' inside 'apt-get update
    apt-get install --yes --no-install-recommends \
        g++ libfmt-dev libhivex-dev libssl-dev pkg-config'
files >"$scratch/before"

last='10 hives: 5 affected, 3 clear, 1 nonstandard, 1 unknown; 1 error, 1 dirty, 1 recovered'
check 'apt-get install' inside 'apt-get install --yes ./*.deb'
check 'hivescan' inside "hivescan testdata | tail -n 1 | grep -Fx '$last'"
check 'hivefix and hiveinfo' inside '
    cp testdata/profiles/Users/alice/NTUSER.DAT alice.dat
    hivefix --no-undo-record alice.dat && hiveinfo --verify alice.dat && hivescan alice.dat'
check 'no tool of the package hivelint changes a hive' inside '
    dpkg -L hivelint-fix | grep -Fx /usr/bin/hivefix
    ! dpkg -L hivelint | grep hivefix
    dpkg -L hivelint | grep -Fx /usr/bin/hivescan'
check 'hivereplay' inside 'hivereplay -o new.dat testdata/profiles/Users/heidi/NTUSER.DAT'
check 'a program that links the shared library' inside '
    g++ -std=c++20 -o scan scan.cpp $(pkg-config --cflags --libs hivelint)
    ldd scan | grep libhivelint.so.0
    ./scan alice.dat | grep -x "clear alice.dat"'
check 'a program that links the static library' inside '
    g++ -std=c++20 -o scan scan.cpp $(pkg-config --cflags --libs hivelint-static)
    ! ldd scan | grep libhivelint
    ./scan alice.dat | grep -x "clear alice.dat"'
check 'apt-get purge' inside 'apt-get purge --yes hivelint hivelint-fix libhivelint-dev libhivelint0'
files >"$scratch/after"
check 'nothing is left' diff "$scratch/before" "$scratch/after"
close
