#!/usr/bin/env bash
# Builds for Windows with Debian's mingw-w64 and runs the tests of that build under Wine. Installs
# what is missing (tools/setup.sh, group `windows`). The last line is the count of test cases:
# `N passed, N failed`. Non-zero when a test failed or none ran.
#
# usage: tests/windows.sh [--build-only]
#
# The build folder is build-windows, or $HIVELINT_WINDOWS_BUILD. Wine's own files go to a temporary
# folder. The libraries that are headers alone are those of this system.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${HIVELINT_WINDOWS_BUILD:-$root/build-windows}
"$root/tools/setup.sh" build test windows

# The cross compiler must not see /usr/include itself.
headers=$build.headers
mkdir -p "$headers/include" "$headers/pkgconfig"
for library in CLI doctest fmt nlohmann valijson; do
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
    -Dhivex=disabled -Dtests=enabled -Dwerror=true "$build" "$root" </dev/null
ninja -C "$build" </dev/null
