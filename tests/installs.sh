#!/usr/bin/env bash
# What is installed is the same whether the tests are built or not: the same files, of which each is
# made by the same commands.
#
# usage: tests/installs.sh COMPILER…
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export CXX="$*"

# account BUILD: what is installed from there, and how it is made.
account() {
    local build=$1 file targets=()
    meson introspect --installed "$build" | tr ',' '\n' | sed "s#$build#BUILD#g" | LC_ALL=C sort
    while read -r file; do
        if [ -f "$build/$file" ]; then # made by meson itself
            sed "s#$build#BUILD#g" "$build/$file"
        else
            targets+=("$file")
        fi
    done < <(meson introspect --installed "$build" | grep -o "\"$build/[^\"]*\":" |
        sed "s#^\"$build/##; s#\":\$##" | LC_ALL=C sort)
    ninja -C "$build" -t commands "${targets[@]}" | sed "s#$build#BUILD#g"
}

for tests in enabled disabled; do
    meson setup "-Dtests=$tests" "$folder/$tests" "$root" >"$folder/log" 2>&1 ||
        { cat "$folder/log"; exit 1; }
    account "$folder/$tests" >"$folder/$tests.txt"
done
grep -q -- '-c .*lib/scan/target.cpp' "$folder/enabled.txt" ||
    { echo 'installs: no command of the library was found'; exit 1; }
diff "$folder/enabled.txt" "$folder/disabled.txt" ||
    { echo 'installs: what is installed differs with the tests'; exit 1; }
