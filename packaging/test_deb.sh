#!/usr/bin/env bash
# Installs the packages of build/deb into a new, empty Debian, as root, and uses them there: programs, and each example with gcc and
# clang. Packages come from where this system has its own.
set -euo pipefail
cd "$(dirname "$0")/.."

. /etc/os-release
root=$(mktemp -d)
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf "$root"' EXIT
mirror=$(apt-cache policy base-files | awk '/ (http|https|file):/ { print $2; exit }')
debootstrap --variant=minbase --include=ca-certificates "$VERSION_CODENAME" "$root" "$mirror" >"$root.log" || { tail -n 5 "$root.log"; exit 1; }
for file in /etc/apt/apt.conf.d /etc/apt/auth.conf.d /usr/local/share/ca-certificates /etc/ssl/certs; do # what this system needs to reach its packages
    [ ! -e "$file" ] || { mkdir -p "$root${file%/*}"; cp -a "$file" "$root${file%/*}"; }
done
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"
mkdir "$root/packages"
cp build/deb/lib*0_*.deb build/deb/libhorn-dev_*.deb build/deb/horn-tools_*.deb "$root/packages"
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive sh -ec "$1"; }
inside 'apt-get -qq update && apt-get -qq -y --no-install-recommends install /packages/horn-tools_*.deb' >"$root.log" 2>&1 || { tail -n 20 "$root.log"; exit 1; }
inside 'cd /tmp && horn train --epochs 2 --save m.h5 && horn-evaluate m.h5 && horn convert m.h5 m.keras && horn-inspect m.keras'
inside 'apt-get -qq -y --no-install-recommends install gcc g++ clang pkg-config libc6-dev /packages/lib*.deb' >"$root.log" 2>&1 || { tail -n 20 "$root.log"; exit 1; }
cp -r examples "$root/tmp/"
inside 'cd /tmp/examples && for cc in gcc clang; do make -B CC=$cc CXX=$(echo $cc | sed "s/gcc/g++/; s/clang/clang++/") check; done'
echo 'the packages work in an empty Debian'
