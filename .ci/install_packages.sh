#!/bin/sh
# Installs what is missing, through apt-get; where that cannot be, prints the one command to run.
# usage: install_packages.sh [build] [test] [fuzz] [deb] [python]
set -eu

packages=
need() { # PACKAGES COMMAND...: these packages, unless the command succeeds
    names=$1
    shift
    "$@" >/dev/null 2>&1 || packages="$packages $names"
}

for group in "$@"; do
    case $group in
    build)
        need 'gcc libc6-dev' sh -c 'echo "#include <stdio.h>" | cc -E -'
        need binutils ar --version
        need pkg-config pkg-config --version
        need libopenblas-dev pkg-config --exists openblas
        need libhdf5-dev pkg-config --exists hdf5
        need libcjson-dev pkg-config --exists libcjson
        need libyaml-dev pkg-config --exists yaml-0.1
        need zlib1g-dev pkg-config --exists zlib
        need libsnappy-dev pkg-config --exists snappy
        ;;
    test)
        need g++ c++ --version
        need help2man help2man --version
        need cmake cmake --version
        need check pkg-config --exists check
        need locales test -e /usr/share/i18n/locales/de_DE
        ;;
    fuzz)
        need clang clang --version
        version=$(clang -dumpversion 2>/dev/null | cut -d. -f1) # none: that of Debian's own clang
        need "libclang-rt-${version:+$version-}dev" sh -c \
            'echo "int LLVMFuzzerTestOneInput(char *d, long n) { return d && n; }" |
             clang -x c -fsanitize=fuzzer,address,undefined -o /dev/null -'
        ;;
    deb)
        need 'debhelper dpkg-dev' dh --version
        need help2man help2man --version
        ;;
    python)
        need python3-venv /usr/bin/python3 -c 'import ensurepip, venv'
        need python3-torch /usr/bin/python3 -c 'import torch'
        ;;
    *)
        echo "$0: unknown group '$group'" >&2
        exit 2
        ;;
    esac
done
[ -n "$packages" ] || exit 0

as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
by_hand() {
    echo "Horn needs these packages, by Debian's names:$packages" >&2
    echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends$packages" >&2
    exit 1
}
command -v apt-get >/dev/null 2>&1 || by_hand
[ -z "$as_root" ] || command -v sudo >/dev/null 2>&1 || by_hand

echo "installing$packages" >&2
$as_root apt-get -qq update >&2 || by_hand
# shellcheck disable=SC2086 # the list is meant to be split
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends install $packages >&2 || by_hand
