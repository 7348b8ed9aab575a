#!/bin/sh
# The private rustc. Its libraries are for it alone: they come from the Debian release whose glibc is the oldest in use.
folder="@FOLDER@/compiler"
LD_LIBRARY_PATH="$folder/usr/lib/x86_64-linux-gnu:$folder/lib/x86_64-linux-gnu" exec "$folder/usr/bin/rustc" "$@"
