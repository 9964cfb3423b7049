#!/usr/bin/env bash
# Builds for Windows with Debian's mingw-w64 and runs the tests of that build under Wine. Installs
# what is missing (tools/setup.sh, group `windows`). The last line is the count of test cases:
# `N passed, N failed`. Non-zero when a test failed or none ran.
#
# usage: tests/windows.sh
#
# The build folder is build-windows, or $HIVELINT_WINDOWS_BUILD. Wine's own files go to a temporary
# folder. The libraries that are headers alone are those of this system. tests/meson.build says
# which suites such a build has not, and why.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(realpath -m "${HIVELINT_WINDOWS_BUILD:-$root/build-windows}")
headers=$build-headers
log=$headers/log
mkdir -p "$headers/include" "$headers/pkgconfig"

# could_not WHAT: there is nothing to test; that is a failure.
could_not() {
    tail -n 60 "$log"
    echo "windows.sh: could not $1"
    echo '0 passed, 1 failed'
    exit 1
}

"$root/tools/setup.sh" build test windows

# The cross compiler must not see /usr/include itself.
for library in CLI doctest fmt nlohmann toml++ valijson; do
    ln -sfn "/usr/include/$library" "$headers/include/$library"
done
describe() { # NAME [FLAGS]
    cat >"$headers/pkgconfig/$1.pc" <<END
Name: $1
Description: headers
Version: $(pkg-config --modversion "$1" 2>/dev/null || echo 1)
Cflags: -isystem $headers/include ${2-}
END
}
describe CLI11
describe doctest
describe fmt -DFMT_HEADER_ONLY
describe nlohmann_json
export PKG_CONFIG_LIBDIR=$headers/pkgconfig PKG_CONFIG_PATH=

configured=()
[ ! -f "$build/build.ninja" ] || configured=(--reconfigure)
meson setup "${configured[@]}" --cross-file "$root/tests/windows/mingw-w64.ini" \
    -Dhivex=disabled -Dtests=enabled -Dwerror=true "$build" "$root" >"$log" 2>&1 </dev/null ||
    could_not 'configure'
echo "building ${build##*/} …"
ninja -C "$build" >"$log" 2>&1 </dev/null || could_not 'build'

WINEPREFIX=$(mktemp -d)
export WINEPREFIX WINEDEBUG=-all
trap 'wineserver -k || true; wineserver -w || true; rm -rf "$WINEPREFIX"' EXIT
wine wineboot --init >"$log" 2>&1 </dev/null || could_not 'start Wine'

status=0
(cd "$build" && timeout 1800 wine tests/all_tests.exe --no-colors) >"$log" 2>/dev/null </dev/null ||
    status=$?
# As doctest sums up: `[doctest] test cases: 9 | 8 passed | 1 failed | 0 skipped`.
counts=$(tr -d '\r' <"$log" | awk -F'|' '
    /^\[doctest\] test cases:/ { gsub(/[^0-9|]/, ""); print $2, $3 }')
read -r passed failed <<<"${counts:-0 0}"
# One that ended badly without such a count is one failure.
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
[ "$failed" -eq 0 ] || cat "$log"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
