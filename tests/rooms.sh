#!/usr/bin/env bash
# The rooms of the house: which folder of lib/ may know which. Reads the includes of lib/, tools/ and
# include/, and with BUILD the calls between the objects of libhivelint.a too. An include or a call
# that runs back up, a file in no room, a room that is not here: each is said, and is a failure.
#
# usage: tests/rooms.sh [BUILD]    BUILD: a folder that meson built in
set -euo pipefail

# A room and what it may know besides itself, ground first: nothing below it, so there is no circle.
rooms='
base
platform        base
text            base platform
source          base platform text
container       base platform text source
change          base platform text source
regf/core       base text source
regf/verify     base text source regf/core
regf/log        base text source regf/core regf/verify
regf/compare    base text source regf/core regf/verify
regf/edit       base text source regf/core regf/verify regf/log
hivex           base platform text source regf/core regf/verify regf/compare
check           base text regf/core
evidence        base platform text source container change regf/core
replay          base platform text source container change regf/core regf/verify regf/log hivex check evidence
scan            base platform text source container change regf/core regf/verify regf/log hivex check evidence replay
fix             base platform text source container change regf/core regf/verify regf/log regf/compare regf/edit hivex check evidence replay scan
report          base platform text source container change regf/core regf/verify regf/log check evidence replay scan fix
tools           base platform text source container change regf/core regf/verify regf/log check evidence replay scan fix report
'
# Public headers lie flat in include/hivelint/: the room of each.
headers='
base        error export file_id hash version
text        text
source      source file_source
container   container
change      change
regf/core   regf/base_block regf/file_time regf/lookup regf/name regf/walker
regf/verify regf/verify
regf/log    regf/log regf/recovered_source regf/replay regf/sequence
regf/edit   regf/edit
hivex       hive second_parser
check       check rules
evidence    evidence
replay      replay open_recovered
scan        scan inspect known
fix         patch apply fix run_record undo
report      report
all         hivelint
'

[ $# -le 1 ] || { sed -n '/^# usage/s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 64; }
build=''
[ $# -eq 0 ] || build=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# room_of FILE, by the two tables. What both parts below begin with.
tables='
function read_tables(    i, n, m, j, line, words) {
    n = split(ENVIRON["rooms"], line, "\n")
    for (i = 1; i <= n; i++) {
        m = split(line[i], words, " ")
        if (m == 0) continue
        known[words[1]] = 1
        for (j = 2; j <= m; j++) {
            if (!(words[j] in known)) complain("the table: " words[1] " knows " words[j] ", which is not above it")
            may[words[1], words[j]] = 1
        }
    }
    n = split(ENVIRON["headers"], line, "\n")
    for (i = 1; i <= n; i++) {
        m = split(line[i], words, " ")
        for (j = 2; j <= m; j++) header["include/hivelint/" words[j] ".hpp"] = words[1]
    }
}
function room_of(file,    folder) {
    if (file in header) return header[file]
    folder = file
    if (sub(/^lib\//, "", folder) || folder ~ /^tools\//)
        while (sub(/\/[^\/]*$/, "", folder)) if (folder in known) return folder
    return ""
}
function complain(what) { print "rooms: " what; failed = 1 }
'
export rooms headers

files=$(find lib include tools -name '*.cpp' -o -name '*.hpp' | LC_ALL=C sort)
# shellcheck disable=SC2086 # no name of ours has a blank
includes=$(grep -nE '^ *# *include *["<]' $files /dev/null || true)

status=0
FILES=$files awk "$tables"'
    BEGIN {
        read_tables()
        n = split(ENVIRON["FILES"], list, "\n")
        for (i = 1; i <= n; i++) {
            there[list[i]] = 1
            if (room_of(list[i]) == "") complain(list[i] " lies in no room")
        }
    }
    {
        split($0, part, ":")
        from = part[1]
        at = from ":" part[2]
        name = $0
        sub(/^[^"<]*["<]/, "", name)
        quoted = $0 ~ /include *"/
        sub(/[">].*/, "", name)
        if (!quoted && name !~ /^hivelint\//) next
        folder = from
        sub(/\/[^\/]*$/, "", folder)
        to = !quoted ? "include/" name : (folder "/" name) in there ? folder "/" name : ("tools/" name) in there ? "tools/" name : "lib/" name
        if (!(to in there)) { complain(at ": includes " name ", which is not there"); next }
        a = room_of(from)
        b = room_of(to)
        if (a == "" || b == "" || a == b || a == "all") next
        if (b == "all" || !((a, b) in may)) complain(at ": " a " may not know " b " (" name ")")
    }
    END { exit failed }
' <<<"$includes" || status=1

# Of an object in the archive, meson writes the path of its source with _ for each /.
calls() {
    FILES=$files nm --format=posix -A "$build/lib/libhivelint.a" | FILES=$files awk "$tables"'
        BEGIN {
            read_tables()
            n = split(ENVIRON["FILES"], list, "\n")
            for (i = 1; i <= n; i++) {
                object = list[i]
                sub(/^lib\//, "", object)
                gsub(/\//, "_", object)
                source[object ".o"] = list[i]
            }
        }
        {
            object = $1
            sub(/^.*\[/, "", object)
            sub(/\]:$/, "", object)
            if (!(object in source)) next
            if ($3 == "U") wanted[object, $2] = 1
            else if ($3 ~ /^[TDBR]$/) defined[$2] = object
        }
        END {
            for (pair in wanted) {
                split(pair, part, SUBSEP)
                if (!(part[2] in defined)) continue
                a = room_of(source[part[1]])
                b = room_of(source[defined[part[2]]])
                checked++
                if (a != b && !((a, b) in may))
                    complain(source[part[1]] ": " a " may not call " b " (" part[2] ")")
            }
            if (!checked) complain("no call between objects was found")
            exit failed
        }'
}
if [ -n "$build" ]; then
    calls || status=1
fi
exit "$status"
