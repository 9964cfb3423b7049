#!/usr/bin/env bash
# What the public headers promise, besides that each compiles alone (see tests/meson.build).
#
# usage: tests/headers.sh COMPILER…
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../include"
failed=0
complain() {
    echo "headers: $*"
    failed=1
}

# hivelint.hpp is the list of them.
diff <(find hivelint -name '*.hpp' ! -path hivelint/hivelint.hpp | LC_ALL=C sort) \
    <(sed -n 's/^#include <\(.*\)>$/\1/p' hivelint/hivelint.hpp) ||
    complain 'hivelint.hpp does not include every header, in order'

# version.hpp says what meson.build says.
version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" ../meson.build)
IFS=. read -r major minor patch <<<"$version"
diff <(sed -n 's/^#define HIVELINT_VERSION/HIVELINT_VERSION/p' hivelint/version.hpp) - <<END ||
HIVELINT_VERSION_MAJOR $major
HIVELINT_VERSION_MINOR $minor
HIVELINT_VERSION_PATCH $patch
HIVELINT_VERSION "$version"
END
    complain 'version.hpp has another version than meson.build'

# They need the standard library, and nothing else.
! grep -rn '^ *# *include' hivelint | grep -vE '#include <(hivelint/[a-z_/]+\.hpp|[a-z_]+)>$' ||
    complain 'an include that is neither of hivelint nor of the standard library'

compiler=("$@")
echo '#include <hivelint/hivelint.hpp>' |
    "${compiler[@]}" -x c++ -std=c++20 -fsyntax-only -fno-exceptions -I. -Wall -Wextra -Werror - ||
    complain 'not without exceptions'

# Under an older standard the first error says what is wrong.
for header in $(find hivelint -name '*.hpp' | LC_ALL=C sort); do
    said=$(echo "#include <$header>" |
        LC_ALL=C "${compiler[@]}" -x c++ -std=c++17 -E -o /dev/null -I. - 2>&1) &&
        complain "$header: passes as C++17"
    grep 'error:' <<<"$said" | head -n 1 | grep -q "hivelint's headers need C++20" ||
        complain "$header: as C++17: $said"
done
exit "$failed"
