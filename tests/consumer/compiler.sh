#!/bin/sh
# usage: compiler.sh OBJECTS COMPILER ARG…
#
# Compiles, but takes what an earlier build has already: an object of the library that lies in the
# folder OBJECTS is copied to its new place. The subproject is then built in seconds.
objects=$1
shift
output=''
previous=''
for argument; do
    [ "$previous" != -o ] || output=$argument
    previous=$argument
done
case $output in
*/libhivelint.a.p/*.o)
    cp "$objects/${output##*/}" "$output" 2>/dev/null && exit
    ;;
esac
exec "$@"
