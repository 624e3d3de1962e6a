#!/usr/bin/env bash
# What README's commands make at the top of the tree is ignored by git.
set -euo pipefail
cd "$(dirname "$0")/.."
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || exit 0 # not a clone

made=$(sed -nE 's/^\$ //; s/^[^|`]*(\.\/(train|predict|convert) .*)/\1/p; s/^.*`(--(save|save-weights|log|output|checkpoint) [^`]*)`.*$/\1/p' README.md |
    sed -E 's/ +#.*//' | awk '
    {
        for (i = 1; i < NF; i++)
            if ($i ~ /^--(save|save-weights|log|output|checkpoint)$/) print $(i + 1)
        if ($1 == "./convert") print $3
    }' | sed -E 's/\{epoch:04d\}/0001/' | grep -E '^[a-z][a-z0-9._-]*$' | sort -u)
[ "$(wc -l <<<"$made")" -ge 5 ] || { echo "README names no files any more: $made"; exit 1; }
status=0
for name in $made; do
    case $name in
    *.*) files=$name ;;
    *) files="$name.index $name.data-00000-of-00001 checkpoint" ;; # the prefix of a TensorFlow checkpoint
    esac
    for file in $files; do
        git check-ignore -q --no-index "$file" || { echo "$file: README makes it, .gitignore does not know it"; status=1; }
    done
done
exit "$status"
