#!/bin/sh
# Writes the completions of a tool for a shell, from what its --help says: that is the one table of
# options, which the man pages are held against too.
#
# usage: completions.sh bash|zsh|fish TOOL [MODE…]     MODE: words that have a --help of their own
set -eu

shell=$1 tool=$2
shift 2
{
    printf '@\n'
    "$tool" --help
    for mode in "$@"; do
        printf '@%s\n' "$mode"
        "$tool" "$mode" --help
    done
} | LC_ALL=C awk -v shell="$shell" -v tool="$(basename "$tool" .exe)" '
function quoted(text) { gsub(/\047/, "\047\\\047\047", text); return "\047" text "\047" }
function kind_of(name, value) {
    return value ~ /\|/ ? "words" : value ~ /^(FILE|DIR|OUT)$/ ? "file" : value == "" ? "none" : \
        name ~ /^--(check|explain)$/ ? "rule" : name == "--pack" ? "pack" : value == "KIND" ? "hash" : "text"
}
function words_of(kind, value) {
    gsub(/\|/, " ", value)
    return kind == "words" ? value : kind == "hash" ? "sha256 sha1 md5" : kind == "rule" ? rules : \
        kind == "pack" ? "mapi-http outlook-connectivity windows-baseline" : ""
}
function end_option(    n, name, i) {
    if (names == "") return
    n = split(names, name, ",")
    for (i = 1; i <= n; i++) {
        count[mode]++
        option[mode, count[mode]] = name[i]
        value[mode, count[mode]] = taken
        help[mode, count[mode]] = about
        many[mode, count[mode]] = about ~ /may be repeated|FORMAT=FILE/
    }
    names = ""
}
/^@/ { end_option(); mode = substr($0, 2); modes[++mode_count] = mode; next }
/^  -/ {
    end_option()
    line = substr($0, 3)
    sub(/ (Excludes|Needs):.*/, "", line)
    names = line; sub(/ .*/, "", names)
    rest = substr(line, length(names) + 1)
    taken = ""
    if (match(rest, /^ [A-Za-z0-9|]+( \.\.\.)?( |$)/) && rest !~ /^  /) {
        taken = substr(rest, 2); sub(/ .*/, "", taken)
        rest = substr(rest, length(taken) + 2)
    }
    sub(/^ *(\.\.\.)? */, "", rest)
    about = rest
    next
}
/^      / { if (names != "") { line = $0; sub(/^ */, "", line); about = about line } ; next }
{ end_option() }
END {
    end_option()
    rules = "$(hivescan --list-rules --format jsonl 2>/dev/null | sed -n \047s/.*\"id\":\"\\([^\"]*\\)\".*/\\1/p\047)"
    if (shell == "bash") bash(); else if (shell == "zsh") zsh(); else fish()
}
function bash(    m, i, all) {
    print "_" tool "() {"
    print "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} mode=${COMP_WORDS[1]} options"
    print "    COMPREPLY=()"
    print "    case $prev in"
    for (m = 1; m <= mode_count; m++)
        for (i = 1; i <= count[modes[m]]; i++) {
            name = option[modes[m], i]; of = value[modes[m], i]; kind = kind_of(name, of)
            if (kind == "none" || done[name]++) continue
            if (kind == "file") print "    " name ") compopt -o default; return ;;"
            else if (kind == "text") print "    " name ") return ;;"
            else print "    " name ") COMPREPLY=($(compgen -W \"" words_of(kind, of) "\" -- \"$cur\")); return ;;"
        }
    print "    esac"
    print "    case $mode in"
    for (m = mode_count; m >= 1; m--) {
        all = ""
        for (i = 1; i <= count[modes[m]]; i++) all = all " " option[modes[m], i]
        print "    " (modes[m] == "" ? "*" : modes[m]) ") options=\"" substr(all, 2) "\" ;;"
    }
    print "    esac"
    all = ""
    for (m = 2; m <= mode_count; m++) all = all " " modes[m]
    print "    if [[ $cur == -* ]]; then"
    print "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))"
    print "    else"
    if (all != "") print "        ((COMP_CWORD > 1)) || COMPREPLY=($(compgen -W \"" substr(all, 2) "\" -- \"$cur\"))"
    print "        compopt -o default"
    print "    fi"
    print "}"
    print "complete -F _" tool " " tool
}
function described(text) { gsub(/\[/, "(", text); gsub(/\]/, ")", text); gsub(/:/, "\\:", text); return text }
function zsh(    m, i, kind, spec) {
    print "#compdef " tool
    print "local -a options"
    print "case ${words[2]} in"
    for (m = mode_count; m >= 1; m--) {
        print (modes[m] == "" ? "*" : modes[m]) ") options=("
        for (i = 1; i <= count[modes[m]]; i++) {
            kind = kind_of(option[modes[m], i], value[modes[m], i])
            spec = (many[modes[m], i] ? "*" : "") option[modes[m], i] "[" described(help[modes[m], i]) "]"
            if (kind == "file") spec = spec ":file:_files"
            else if (kind == "text") spec = spec ":" value[modes[m], i] ":"
            else if (kind == "rule") spec = spec ":rule:(${(f)\"" rules "\"})"
            else if (kind != "none") spec = spec ":word:(" words_of(kind, value[modes[m], i]) ")"
            print "    " (kind == "rule" ? "\"" spec_in_double(spec) "\"" : quoted(spec))
        }
        print ");;"
    }
    print "esac"
    spec = ""
    for (m = 2; m <= mode_count; m++) spec = spec " " modes[m]
    if (spec != "") print "((CURRENT > 2)) || compadd --" spec
    print "_arguments -s $options \047*:file:_files\047"
}
function spec_in_double(text) { sub(/:rule:.*/, ":rule:($(hivescan --list-rules --format jsonl 2>/dev/null | sed -n \047s/.*\\\"id\\\":\\\"\\([^\\\"]*\\)\\\".*/\\1/p\047))", text); return text }
function fish(    m, i, kind, words, condition, all) {
    for (m = 2; m <= mode_count; m++) all = all " " modes[m]
    if (all != "") print "complete -c " tool " -n __fish_use_subcommand -a " quoted(substr(all, 2))
    for (m = 1; m <= mode_count; m++) {
        condition = all == "" ? "" : modes[m] == "" ? " -n \047not __fish_seen_subcommand_from" all "\047" : \
            " -n \047__fish_seen_subcommand_from " modes[m] "\047"
        for (i = 1; i <= count[modes[m]]; i++) {
            if (option[modes[m], i] !~ /^--/) continue
            kind = kind_of(option[modes[m], i], value[modes[m], i])
            words = words_of(kind, value[modes[m], i])
            if (kind == "rule") words = "(hivescan --list-rules --format jsonl 2>/dev/null | string match -rg \047\"id\":\"([^\"]*)\"\047)"
            print "complete -c " tool condition " -l " substr(option[modes[m], i], 3) \
                (kind == "none" ? "" : kind == "file" ? " -r" : " -x") \
                (words == "" ? "" : " -a " (kind == "rule" ? "\"" escaped(words) "\"" : quoted(words))) \
                " -d " quoted(help[modes[m], i])
        }
    }
}
function escaped(text) { gsub(/"/, "\\\"", text); return text }
'
