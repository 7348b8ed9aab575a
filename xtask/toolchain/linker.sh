#!/bin/sh
# rustc calls this to link. LLVM's libraries are newer than the machine's glibc, so their own loader starts the linker.

# A dependency that is also a cdylib would be linked here as well: an empty file stands for it, nobody loads it.
if [ -z "${CARGO_PRIMARY_PACKAGE:-}" ]; then
    while [ $# -gt 0 ]; do
        if [ "$1" = -o ]; then : > "$2"; fi
        shift
    done
    exit 0
fi

# LLVM 23 has no pipeline named Os or Oz; functions keep their own size attributes.
for argument; do
    shift
    case "$argument" in -Os | -Oz) argument=-O2 ;; esac
    set -- "$@" "$argument"
done

libraries="@FOLDER@/code-generator/usr/lib/x86_64-linux-gnu"
LD_LIBRARY_PATH="$libraries" exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" \
    "@FOLDER@/linker/bin/sbpf-linker" --deploy=false "$@"
