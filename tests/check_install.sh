#!/usr/bin/env bash
# Installs into an empty directory, and uses what is there from another one: programs, both libraries, pkg-config, CMake, man pages,
# completion. Uninstalling leaves nothing.
# usage: check_install.sh BUILD, the folder of the optimised build
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
unset MAKEFLAGS MAKELEVEL MFLAGS
usr=$root/usr
fail() { echo "check_install: $*"; exit 1; }

make -s B="$build" PREFIX="$usr" install >"$root/log" 2>&1 || { tail -n 5 "$root/log"; exit 1; }
find "$usr" -type f -o -type l | sed "s,^$usr/,," | sort >"$root/installed"

# Every name that the libraries show begins with horn_, and both show the same.
nm -g --defined-only "$usr/lib/libhorn.a" | awk 'NF == 3 { print $3 }' | sort >"$root/static"
nm -D --defined-only "$usr/lib/libhorn.so" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | sort >"$root/shared"
grep -v '^horn_' "$root/static" && fail 'libhorn.a shows other names'
grep -v '^horn_' "$root/shared" && fail 'libhorn.so shows other names'
comm -13 "$root/static" "$root/shared" | grep . && fail 'libhorn.a lacks names of libhorn.so'
[ "$(wc -l <"$root/shared")" -ge 200 ] || fail "libhorn.so shows $(wc -l <"$root/shared") names alone"
cat include/horn/*.h | grep -oE '\bhorn_[a-z0-9_]+\(' | tr -d '(' | sort -u >"$root/declared"
comm -23 "$root/declared" "$root/shared" | grep . && fail 'libhorn.so lacks what the headers declare'

# Programs, outside of the source.
mkdir "$root/elsewhere"
cd "$root/elsewhere"
export PATH=$usr/bin:$PATH
horn train --epochs 2 --save m.h5 >out 2>err || { cat err; exit 1; }
grep -q 'After Training' out || fail 'horn train prints no result'
horn-evaluate m.h5 --json >/dev/null 2>&1 || fail 'horn-evaluate fails'
horn convert m.h5 m.keras >/dev/null || fail 'horn convert fails'
horn-inspect m.keras >/dev/null || fail 'horn-inspect fails'
horn trian 2>err && fail 'horn trian succeeds'
grep -q 'did you mean train' err || fail 'horn trian gets no advice'
for page in horn horn-train horn-evaluate horn-predict horn-convert horn-inspect; do
    grep -q '^\.SH SYNOPSIS' "$usr/share/man/man1/$page.1" || fail "$page.1 has no synopsis"
done
# shellcheck disable=SC1091,SC2034,SC2154 # the installed file, and what bash gives it
words=$(. "$usr/share/bash-completion/completions/horn"
    COMP_CWORD=1 COMP_WORDS=(horn tr)
    _horn horn tr horn
    printf '%s ' "${COMPREPLY[@]}"
    COMP_CWORD=2 COMP_WORDS=(horn train --epo)
    compopt() { :; }
    _horn horn --epo train
    printf '%s ' "${COMPREPLY[@]}")
[ "$words" = 'train --epochs ' ] || fail "completion gives '$words'"

# Programs of users.
export PKG_CONFIG_PATH=$usr/lib/pkgconfig LD_LIBRARY_PATH=$usr/lib
cp -r "$OLDPWD/examples" .
for compilers in "${CC:-cc} ${CXX:-c++}" 'clang clang++'; do
    command -v "${compilers##* }" >/dev/null || continue
    make -s -B -C examples CC="${compilers% *}" CXX="${compilers#* }" CFLAGS='-O1 -Wall -Wextra -Werror' \
        CXXFLAGS='-O1 -std=c++20 -Wall -Werror' check >log 2>&1 || { tail -n 5 log; fail "examples by $compilers"; }
done
cp examples/train.c user.c
# shellcheck disable=SC2046 # a list of flags
${CC:-cc} user.c $(pkg-config --cflags horn) "$usr/lib/libhorn.a" $(pkg-config --libs --static horn | sed 's/-lhorn//') -o user && ./user "$usr/share/horn/datasets/fashion-mnist" >/dev/null ||
    fail 'a program with libhorn.a'
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(user C)
find_package(horn 0.1 REQUIRED)
add_executable(user user.c)
target_link_libraries(user horn::horn)
END
cmake -DCMAKE_PREFIX_PATH="$usr" -B cmake >log 2>&1 && cmake --build cmake >>log 2>&1 && ./cmake/user "$usr/share/horn/datasets/fashion-mnist" >/dev/null || { cat log; fail 'find_package(horn)'; }

cd "$OLDPWD"
make -s B="$build" PREFIX="$usr" uninstall
left=$(find "$usr" -type f -o -type l)
[ -z "$left" ] || fail "uninstall leaves $left"
