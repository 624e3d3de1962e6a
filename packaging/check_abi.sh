#!/usr/bin/env bash
# usage: check_abi.sh LIBRARY: compares what the library shows with the last version that has a tag. A removed or changed function
# is a failure, unless the soname changed.
set -euo pipefail
cd "$(dirname "$0")/.."

tag=$(git describe --tags --abbrev=0 2>/dev/null) || { echo "no version has a tag yet: nothing to compare with"; exit 0; }
old=$(mktemp -d)
trap 'git worktree remove --force "$old/source"; rm -rf "$old"' EXIT
git worktree add -q --detach "$old/source" "$tag"
make -s -C "$old/source" -j"$(nproc)" "build/release/libhorn.so.$(make -s -C "$old/source" version)"
abidiff --headers-dir1 "$old/source/include" --headers-dir2 include --drop-private-types "$old"/source/build/release/libhorn.so.* "$1"
