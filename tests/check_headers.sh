#!/usr/bin/env bash
# Each public header compiles alone, as strict C11 and as C++, and each header inside src as C11.
set -euo pipefail
cd "$(dirname "$0")/.."

status=0
outside=$(pkg-config --cflags-only-I openblas hdf5 libcjson zlib)
for header in include/horn/*.h; do
    program="#include <horn/${header##*/}>
typedef int of_the_program;" # a header of macros alone is no program
    ${CC:-cc} -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -x c - <<<"$program" || status=1
    ${CXX:-c++} -std=c++11 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only -x c++ - <<<"$program" || status=1
done
for header in src/*/*.h src/*/*/*.h; do
    # shellcheck disable=SC2086 # a list of flags
    ${CC:-cc} -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iinclude -Isrc $outside -fsyntax-only -x c "$header" || status=1
done
exit "$status"
