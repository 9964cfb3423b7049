#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test; the last line is the count of test cases:
# `N passed, N failed` or `N passed, N failed, N skipped`. Non-zero when a test failed or none ran.
#
# usage: tests/run.sh [--compiler CXX] [--sanitize[=thread]]
#   --compiler CXX     the C++ compiler (default: $CXX, else g++)
#   --sanitize         with AddressSanitizer and UndefinedBehaviorSanitizer
#   --sanitize=thread  with ThreadSanitizer, those tests only that have threads
#
# Each combination is built in a folder of its own, build-COMPILER[-sanitize|-thread]. With CI=true
# in the environment a warning is an error.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
compiler=${CXX:-g++}
sanitize=''
while [ $# -gt 0 ]; do
    case $1 in
    --compiler)
        [ -n "${2-}" ] || { echo 'run.sh: --compiler needs a value' >&2; exit 64; }
        compiler=$2
        shift
        ;;
    --compiler=*) compiler=${1#*=} ;;
    --sanitize) sanitize=address,undefined ;;
    --sanitize=thread) sanitize=thread ;;
    -h | --help)
        sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit
        ;;
    *) echo "run.sh: unknown argument: $1" >&2; exit 64 ;;
    esac
    shift
done

# The closing line, and the end.
close() {
    local passed=$1 failed=$2 skipped=$3
    if [ "$skipped" -gt 0 ]; then
        echo "$passed passed, $failed failed, $skipped skipped"
    else
        echo "$passed passed, $failed failed"
    fi
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

# could_not WHAT [LOG]: there is nothing to test; that is a failure.
could_not() {
    [ -z "${2-}" ] || tail -n 60 "$2"
    echo "run.sh: could not $1"
    close 0 1 0
}

name=${compiler##*/}
build=$root/build-${name// /-}
case $sanitize in
thread) build+=-thread ;;
?*) build+=-sanitize ;;
esac
groups=(build test)
options=(-Dtests=enabled -Dwerror=false)
# Who builds once and for all joins the library's files by eight, which takes half the time.
if [ "${CI-}" = true ]; then
    options=(-Dtests=enabled -Dwerror=true -Dunity=on -Dunity_size=8)
    # g++ takes what a .cpp keeps to itself for a header's, where another file includes it.
    case $name in g++*) options+=(-Dcpp_args=-Wno-subobject-linkage) ;; esac
fi
case $name in clang*) groups+=(clang) ;; esac
multiplier=1
if [ -n "$sanitize" ]; then
    options+=(--buildtype=debugoptimized "-Db_sanitize=$sanitize")
    # Of debug information, what a stack trace shows.
    case $name in clang*) options+=(-Db_lundef=false -Dcpp_args=-gline-tables-only) ;; esac
    export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}
    export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}
    multiplier=4
fi
cases=() targets=()
if [ "$sanitize" = thread ]; then
    cases=(test_scan test_scan_jobs test_scan_runs test_threads test_threads_fix)
    targets=(tests/all_tests tools/hivefix tools/hivescan)
fi

"$root/tools/setup.sh" "${groups[@]}" || could_not 'install what is missing'

echo "building ${build##*/} …"
mkdir -p "$build"
log=$build/run.log
configured=()
[ ! -f "$build/build.ninja" ] || configured=(--reconfigure)
CXX=$compiler meson setup "${configured[@]}" "${options[@]}" "$build" "$root" \
    >"$log" 2>&1 </dev/null || could_not 'configure' "$log"
ninja -C "$build" "${targets[@]}" >"$log" 2>&1 </dev/null || could_not 'build' "$log"
# A warning that is no error is shown all the same.
grep -A 6 'warning:' "$log" | grep -v '^\[' || true

# Some of the programs the tests start (mkntfs) are for administrators: not in every user's path.
export PATH=$PATH:/usr/sbin:/sbin

testlog=$build/meson-logs/testlog.txt
rm -f "$testlog"
meson_status=0
meson test -C "$build" --no-rebuild --timeout-multiplier "$multiplier" "${cases[@]}" \
    >"$log" 2>&1 </dev/null || meson_status=$?
[ -f "$testlog" ] || could_not 'run the tests' "$log"

# The log has a section for each executable: `=== 1/9 ===`, then `test:`, `result:` and what it
# printed. Shows the sections that failed and the reasons for skipping; the last line printed is
# the three counts.
#   - An executable counts as doctest's summary line says.
#   - One that ended badly although its summary has no failure (a leak, a crash at exit), or that
#     began as doctest and ended without the summary, is one failure.
#   - One that is not a doctest runner is one test, judged by its exit status (77: skipped).
results=$(LC_ALL=C awk '
    function finish() {
        if (!section) return
        bad = result !~ /^exit status (0|77)$/
        if (summary) {
            bad = bad || result !~ / 0$/
            passed += p; skipped += s
            failed += f > 0 || !bad ? f : 1
        } else if (bad || doctest) { bad = 1; failed++ }
        else if (result ~ / 77$/) skipped++
        else passed++
        if (bad) printf "%s", text
    }
    function number(field) { gsub(/[^0-9]/, "", field); return field + 0 }

    /^=+ [0-9]+\/[0-9]+ =+$/ {
        finish()
        section = 1; summary = doctest = p = f = s = 0; result = text = ""
        next
    }
    /^Summary of Failures:$/ || /^Ok:                 [0-9]/ { finish(); section = 0 }
    !section { next }
    { text = text $0 "\n" }
    result == "" && /^result: / { result = $0; sub(/^result: +/, "", result) }
    /^\[doctest\]/ { doctest = 1 }
    /^\[doctest\] test cases:/ {
        split($0, part, "|")
        summary = 1; p += number(part[2]); f += number(part[3]); s += number(part[4])
    }
    /^SKIPPED: / && !reason[$0]++ { reasons = reasons $0 "\n" }
    END { finish(); printf "%s%d %d %d\n", reasons, passed, failed, skipped }
' "$testlog")

counts=${results##*$'\n'}
[ "$results" = "$counts" ] || echo "${results%$'\n'*}"
read -r passed failed skipped <<<"$counts"
# Whatever meson saw fail and the log does not explain is one failure.
if [ "$meson_status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    tail -n 20 "$log"
    failed=1
fi
close "$passed" "$failed" "$skipped"
