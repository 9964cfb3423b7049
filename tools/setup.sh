#!/usr/bin/env bash
# Installs what is missing of the package groups named (see tools/packages.txt), through the
# system's package manager. Says nothing and needs no network when nothing is missing.
# Where it cannot install (unknown system, no way to become root) it names what is needed and goes
# on, as the tools may be there all the same. Exits non-zero when an installation failed.
#
# usage: tools/setup.sh GROUP…
set -euo pipefail
exec </dev/null

table=$(dirname "${BASH_SOURCE[0]}")/packages.txt

# packages COLUMN GROUP…: the packages of these groups, each once.
packages() {
    local column=$1
    shift
    awk -v column="$column" -v groups="$*" '
        BEGIN { n = split(groups, names); for (i = 1; i <= n; i++) wanted[names[i]] = 1 }
        /^#/ || NF == 0 { next }
        { known[$1] = 1 }
        $1 in wanted && $column != "-" && !seen[$column]++ { print $column }
        END {
            for (name in wanted)
                if (!(name in known)) { print "setup: no such group: " name >"/dev/stderr"; exit 1 }
        }' "$table"
}

# installed PACKAGE: is it? Debian: configured, not merely known or removed with its files left.
installed() {
    case $manager in
    apt-get) dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed ;;
    dnf) rpm -q --whatprovides "$1" >/dev/null 2>&1 ;;
    pacman) [ -z "$(pacman -T "$1")" ] ;;
    brew) brew list --versions "$1" >/dev/null 2>&1 ;;
    esac
}

install_once() {
    case $manager in
    apt-get)
        # A third-party source that cannot be reached is no reason to give up.
        "${as_root[@]}" apt-get update || true
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
        ;;
    dnf) "${as_root[@]}" dnf install --assumeyes --setopt=install_weak_deps=False "$@" ;;
    pacman) "${as_root[@]}" pacman -Sy --noconfirm --needed "$@" ;;
    brew) brew install "$@" ;;
    esac
}

[ $# -gt 0 ] || { echo 'usage: tools/setup.sh GROUP…' >&2; exit 64; }

manager='' column=2
if command -v apt-get >/dev/null; then manager=apt-get column=2
elif command -v dnf >/dev/null; then manager=dnf column=3
elif command -v pacman >/dev/null; then manager=pacman column=4
elif command -v brew >/dev/null; then manager=brew column=5
fi

list=$(packages "$column" "$@")
if [ -z "$manager" ]; then
    echo "setup: unknown system, going on; needed (by their Debian names): ${list//$'\n'/ }" >&2
    exit
fi

missing=()
for package in $list; do
    installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=(env)
if [ "$manager" != brew ] && [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: neither root nor sudo, going on; needed: ${missing[*]}" >&2
        exit
    fi
    as_root=(sudo)
fi

echo "installing: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_once "${missing[@]}" >"$log" 2>&1 && exit
sleep 5
install_once "${missing[@]}" >"$log" 2>&1 && exit
tail -n 40 "$log" >&2
echo "setup: could not install: ${missing[*]}" >&2
exit 1
